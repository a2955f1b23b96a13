import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { NAMESPACE, SERVICE_ACCOUNT, WEBHOOK } from "../../../components/gatekeeper/gatekeeper-names";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { writeKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { base64Of, ensurePki, issueIdentity } from "../../../tools/dev/cluster/pki";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";

const WEBHOOKS = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${WEBHOOK}`;
const TEMPLATES =
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/constrainttemplates.templates.gatekeeper.sh";

interface Pod {
  metadata: { name: string };
  spec: { containers: { args: string[] }[] };
}

interface WebhookConfiguration {
  webhooks: { clientConfig: { service?: { path: string }; url?: string; caBundle?: string } }[];
}

/**
 * Gatekeeper's real manager beside a cluster whose nodes are simulated: with the arguments of the stack's audit and webhook
 * pods in one process, as the account of theirs and so with the rights that the stack gives it. The API server calls it at an
 * address of this machine, since nothing carries traffic to Services here.
 */
export class GatekeeperManager {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly caFile: string,
    readonly logFile: string,
    /** Of the simulated pods that it stands in for. */
    readonly podArguments: string[],
  ) {}

  /** Starts it as soon as the stack's pods are there: the stack's update waits for what it does. */
  static async start(cluster: Cluster, api: KubeApi): Promise<GatekeeperManager> {
    const { gatekeeper: program } = await ensureTools(["gatekeeper"]);
    const pods = await waitUntil("Gatekeeper's pods", () => podsOf(api), 120_000);
    const folder = path.join(cluster.folder, "gatekeeper");
    const { kubeconfig, certificates, caFile } = await credentials(cluster, folder);
    const [port, health, metrics] = (await freePorts(3)) as [number, number, number];
    const podArguments = pods.flatMap(({ spec }) => spec.containers[0]!.args);
    const args = [
      ...judging(podArguments),
      ...[`--kubeconfig=${kubeconfig}`, `--cert-dir=${certificates}`, "--disable-cert-rotation"],
      ...["--host=127.0.0.1", `--port=${port}`],
      ...[`--health-addr=127.0.0.1:${health}`, `--prometheus-port=${metrics}`],
    ];
    const logFile = path.join(folder, "log");
    const log = fs.openSync(logFile, "a");
    const name = pods[0]!.metadata.name;
    const child = spawn(program, args, {
      stdio: ["ignore", log, log],
      env: { HOME: folder, POD_NAME: name, POD_NAMESPACE: NAMESPACE, CONTAINER_NAME: "manager" },
      cwd: folder,
    });
    fs.closeSync(log);
    return new GatekeeperManager(child, port, caFile, logFile, podArguments);
  }

  /** Has the API server call it. */
  async connectWebhooks(api: KubeApi): Promise<void> {
    const configuration = await api.get<WebhookConfiguration>(WEBHOOKS);
    const caBundle = base64Of(this.caFile);
    const webhooks = configuration.webhooks.map((webhook) => {
      const url = `https://127.0.0.1:${this.port}${webhook.clientConfig.service?.path ?? ""}`;
      return { ...webhook, clientConfig: { url, caBundle } };
    });
    await api.replace(WEBHOOKS, { ...configuration, webhooks });
  }

  /** Rejects when it ends before it is stopped, with its last words. */
  async ended(): Promise<never> {
    await once(this.child, "exit");
    throw new Error(`Gatekeeper's manager ended:\n${this.log().slice(-4000)}`);
  }

  /** What it said so far, for a failure's message. */
  log(): string {
    return fs.readFileSync(this.logFile, "utf8");
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
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

async function credentials(cluster: Cluster, folder: string) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pki = await ensurePki(path.join(cluster.folder, "pki"));
  const account = { commonName: `system:serviceaccount:${NAMESPACE}:${SERVICE_ACCOUNT}` };
  const user = await issueIdentity(folder, "account", account, pki.ca);
  const kubeconfig = path.join(folder, "kubeconfig");
  writeKubeconfig(kubeconfig, "gatekeeper", cluster.server, pki.ca, user);
  const certificates = path.join(folder, "certs");
  fs.mkdirSync(certificates, { mode: 0o700 });
  await issueIdentity(certificates, "tls", { commonName: "webhook", names: ["127.0.0.1"] }, pki.ca);
  return { kubeconfig, certificates, caFile: pki.ca.certificate };
}
