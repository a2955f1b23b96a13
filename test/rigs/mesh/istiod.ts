import * as path from "node:path";
import { ISTIOD, NAMESPACE } from "../../../components/istio/istio-names";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import {
  askHere,
  callHere,
  credentialsOf,
  type Here,
  metricsAt,
  ProgramOfAccount,
} from "./program-of-account";

/** An update has come so far by then, on a busy machine too. */
const PATIENCE = 300_000;
const WEBHOOKS = ["istiod-default-validator", `istio-validator-${NAMESPACE}`].map(
  (name) => `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`,
);

interface Pod {
  metadata: { name: string };
  spec: { containers: { env: { name: string; value?: string }[] }[] };
}

/**
 * The real istiod beside a cluster whose nodes are simulated: with the environment of the stack's pods, as their account and so
 * with the rights that the chart gives it. The API server calls it at an address of this machine.
 */
export class Istiod {
  private constructor(
    readonly program: ProgramOfAccount,
    /** Of the simulated pod that it stands in for. */
    readonly podEnvironment: Readonly<Record<string, string>>,
    private readonly at: Here,
    private readonly monitoring: number,
  ) {}

  /** What it tells Prometheus. */
  metrics(): Promise<string> {
    return metricsAt(this.monitoring);
  }

  /** Starts it as soon as one of the stack's pods is there, and has the API server call it: the update waits for its judgement. */
  static async start(cluster: Cluster, api: KubeApi): Promise<Istiod> {
    const { istiod } = await ensureTools(["istiod"]);
    const pod = await waitUntil("a pod of istiod", () => podOf(api), PATIENCE);
    const account = { name: "istiod", namespace: NAMESPACE, account: ISTIOD };
    const { folder, kubeconfig, certificates, caFile } = await credentialsOf(cluster, account);
    const ports = await freePorts(6);
    const [http, https, grpc, secureGrpc, monitoring, control] = ports;
    const podEnvironment = environmentOf(pod);
    const args = [
      "discovery",
      ...[`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`, "--domain=cluster.local"],
      ...[`--httpAddr=127.0.0.1:${http}`, `--httpsAddr=127.0.0.1:${https}`],
      ...[`--grpcAddr=127.0.0.1:${grpc}`, `--secureGRPCAddr=127.0.0.1:${secureGrpc}`],
      ...[`--monitoringAddr=127.0.0.1:${monitoring}`, `--ctrlz_port=${control}`],
      ...[`--tlsCertFile=${path.join(certificates, "tls.crt")}`],
      ...[`--tlsKeyFile=${path.join(certificates, "tls.key")}`, `--caCertFile=${caFile}`],
    ];
    const env = {
      ...podEnvironment,
      POD_NAME: pod.metadata.name,
      POD_NAMESPACE: NAMESPACE,
      SERVICE_ACCOUNT: ISTIOD,
      // Else it would have the API server call a Service.
      VALIDATION_WEBHOOK_CONFIG_NAME: "",
      INJECTION_WEBHOOK_CONFIG_NAME: "",
    };
    const program = ProgramOfAccount.start(istiod, args, { folder, env });
    const started = new Istiod(program, podEnvironment, { port: https!, caFile }, monitoring!);
    // The update comes to the objects that it judges before it has started.
    await started.call(api, "Ignore");
    await Promise.race([waitUntil("istiod", () => isReady(http!), 120_000), program.ended()]);
    await started.call(api, "Fail");
    return started;
  }

  private async call(api: KubeApi, failurePolicy: Here["failurePolicy"]): Promise<void> {
    for (const webhook of WEBHOOKS)
      await waitUntil(webhook, async () => {
        await callHere(api, webhook, { ...this.at, failurePolicy });
        return true;
      });
  }
}

async function isReady(port: number): Promise<boolean> {
  return (await askHere(port, "/ready")).status === 200;
}

async function podOf(api: KubeApi): Promise<Pod | undefined> {
  const { items } = await api.get<{ items: Pod[] }>(`/api/v1/namespaces/${NAMESPACE}/pods`);
  return items.find(({ metadata }) => metadata.name.startsWith(`${ISTIOD}-`));
}

function environmentOf({ spec }: Pod): Record<string, string> {
  const written = spec.containers[0]!.env.flatMap(({ name, value }) =>
    value === undefined || name === "KUBECONFIG" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(written);
}

/**
 * As docs/zero-trust.md says before a switch-off without istiod: the engine deletes in the foreground, and whoever ends that
 * writes the object once more, which these webhooks would have istiod judge.
 */
export async function removeIstioWebhooks(api: KubeApi): Promise<void> {
  for (const name of ["istiod-default-validator", `istio-validator-${NAMESPACE}`])
    await api.delete(`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`);
}
