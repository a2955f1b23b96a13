import { NAMESPACE, SERVICE_ACCOUNT, WEBHOOK } from "../../../components/gatekeeper/gatekeeper-names";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { callHere, credentialsOf, metricsAt, ProgramOfAccount } from "./program-of-account";

const WEBHOOKS = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${WEBHOOK}`;
const TEMPLATES =
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/constrainttemplates.templates.gatekeeper.sh";

interface Pod {
  metadata: { name: string };
  spec: { containers: { args: string[] }[] };
}

/**
 * Gatekeeper's real manager beside a cluster whose nodes are simulated: with the arguments of the stack's audit and webhook
 * pods in one process, as the account of theirs and so with the rights that the stack gives it. The API server calls it at an
 * address of this machine.
 */
export class GatekeeperManager {
  private constructor(
    readonly program: ProgramOfAccount,
    private readonly at: { port: number; caFile: string },
    /** Of the simulated pods that it stands in for. */
    readonly podArguments: string[],
    private readonly monitoring: number,
  ) {}

  /** What it tells Prometheus. */
  metrics(): Promise<string> {
    return metricsAt(this.monitoring);
  }

  /** Starts it as soon as the stack's pods are there: the stack's update waits for what it does. */
  static async start(cluster: Cluster, api: KubeApi): Promise<GatekeeperManager> {
    const { gatekeeper } = await ensureTools(["gatekeeper"]);
    const pods = await waitUntil("Gatekeeper's pods", () => podsOf(api), 300_000);
    const account = { name: "gatekeeper", namespace: NAMESPACE, account: SERVICE_ACCOUNT };
    const { folder, kubeconfig, certificates, caFile } = await credentialsOf(cluster, account);
    const [port, health, metrics] = (await freePorts(3)) as [number, number, number];
    const podArguments = pods.flatMap(({ spec }) => spec.containers[0]!.args);
    const args = [
      ...judging(podArguments),
      ...[`--kubeconfig=${kubeconfig}`, `--cert-dir=${certificates}`, "--disable-cert-rotation"],
      ...["--host=127.0.0.1", `--port=${port}`],
      ...[`--health-addr=127.0.0.1:${health}`, `--prometheus-port=${metrics}`],
    ];
    const env = { POD_NAME: pods[0]!.metadata.name, POD_NAMESPACE: NAMESPACE, CONTAINER_NAME: "manager" };
    const program = ProgramOfAccount.start(gatekeeper, args, { folder, env });
    return new GatekeeperManager(program, { port, caFile }, podArguments, metrics);
  }

  /** Has the API server call it. */
  connectWebhooks(api: KubeApi): Promise<void> {
    return callHere(api, WEBHOOKS, this.at);
  }
}

/** One of its audits and one that answers, once the definitions are there too. */
async function podsOf(api: KubeApi): Promise<Pod[] | undefined> {
  await api.get(TEMPLATES);
  const { items } = await api.get<{ items: Pod[] }>(`/api/v1/namespaces/${NAMESPACE}/pods`);
  const starting = (prefix: string) => items.find(({ metadata }) => metadata.name.startsWith(prefix));
  const found = [starting("gatekeeper-audit-"), starting("gatekeeper-controller-manager-")];
  return found.every((pod) => pod !== undefined) ? (found as Pod[]) : undefined;
}

/** Arguments of both pods but for those about addresses and certificates, each once. */
function judging(args: readonly string[]): string[] {
  const elsewhere = /^--(port|health-addr|prometheus-port|disable-cert-rotation|metrics-backend)=/;
  return [...new Set(args.filter((arg) => !elsewhere.test(arg)))];
}
