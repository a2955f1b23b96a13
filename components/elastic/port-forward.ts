import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { loadKubeConfig, Refusal, reasonOf } from "../node-program/api-server";
import { findReadyPod, tunnel } from "./pod-tunnel";

export interface PortForward {
  /** On 127.0.0.1. */
  localPort: number;
  /** The config key that sets `localPort`, for whom it is taken. */
  configKey: string;
  namespace: string;
  /** Any pod that has them all and is ready will do. */
  podLabels: Record<string, string>;
  podPort: number;
  /** Begins the messages: "Elasticsearch". */
  what: string;
}

export interface PortForwardOptions {
  /** Of the kubeconfig; its current one by default. */
  context?: string;
  /** Text of a kubeconfig instead of the one in use. */
  kubeconfig?: (() => Promise<string>) | undefined;
  /** Takes one line for each connection that failed; stderr by default. */
  log?: (line: string) => void;
  /** How long a connection waits for a ready pod; 60 by default. */
  podSeconds?: number;
  /** An open connection ends when its API server has been silent for one to two times as long; 30 by default. */
  silentSeconds?: number;
}

const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 4_000;

/** The listeners of this process, by port. */
const listeners = new Map<number, net.Server>();

/**
 * Forwards ports of 127.0.0.1 to pods, through the Kubernetes API as `kubectl port-forward` does, until `close` or the end
 * of the program, which it does not hold up. Only bytes are moved: TLS is between the client and the pod. The kubeconfig
 * (KUBECONFIG, else ~/.kube/config) is read when there is a first connection, and the pod chosen for each. A connection
 * that can't be carried is closed, and `log` is told. A port that this process already forwards is forwarded again.
 *
 * A Pulumi program runs until all steps are done, deletions too, where the CLI's language host passes the SDK's
 * SignalAndWaitForShutdown on, as that of pulumi-language-nodejs 3.68 does not. `pulumi destroy` and `pulumi refresh` run no
 * program unless they are told to with `--run-program`.
 * @throws where a port is taken
 */
export async function openPortForwards(
  forwards: PortForward[],
  options: PortForwardOptions = {},
): Promise<{ close(): void }> {
  refuseSharedPorts(forwards);
  const getConfig = kubeConfigOnce(options);
  const servers: net.Server[] = [];
  const locals = new Set<net.Socket>();
  const close = () => {
    for (const server of servers) server.close();
    for (const local of locals) local.destroy();
  };
  try {
    for (const forward of forwards)
      servers.push(
        await listen(forward, (local) => {
          locals.add(local.once("close", () => locals.delete(local)));
          void carry(local, forward, options, getConfig);
        }),
      );
  } catch (error) {
    close();
    throw error;
  }
  return { close };
}

function refuseSharedPorts(forwards: PortForward[]): void {
  for (const [index, { localPort, configKey }] of forwards.entries()) {
    const other = forwards.slice(0, index).find((earlier) => earlier.localPort === localPort);
    if (other) throw new Error(`${other.configKey} and ${configKey} are both ${localPort}: change one.`);
  }
}

async function listen(forward: PortForward, take: (local: net.Socket) => void): Promise<net.Server> {
  const { localPort: port, what, configKey } = forward;
  listeners.get(port)?.close();
  const server = net.createServer({ noDelay: true }, take);
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const problem =
        code === "EADDRINUSE" ? "is in use by another program" : `can't be listened on (${code})`;
      reject(new Error(`${what}: port ${port} of 127.0.0.1 ${problem}. Free it, or set ${configKey}.`));
    });
    server.listen({ port, host: "127.0.0.1" }, resolve);
  });
  // Later errors are of single connections, such as too many open files.
  server.removeAllListeners("error").on("error", () => {});
  server.once("close", () => {
    if (listeners.get(port) === server) listeners.delete(port);
  });
  listeners.set(port, server.unref());
  return server;
}

/** Loads when first asked; a failure is not kept. */
function kubeConfigOnce({ context, kubeconfig }: PortForwardOptions): () => Promise<KubeConfig> {
  let loading: Promise<KubeConfig> | undefined;
  const load = async () => loadKubeConfig(context, await kubeconfig?.());
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

/** Carries a local connection to a pod, to its end. Never rejects. */
async function carry(
  local: net.Socket,
  forward: PortForward,
  options: PortForwardOptions,
  getConfig: () => Promise<KubeConfig>,
): Promise<void> {
  const { what, localPort, namespace, podPort } = forward;
  const { log = console.error, silentSeconds = 30 } = options;
  // A connection's error only ends it; the client sees that for itself.
  local.unref().on("error", () => {});
  try {
    const config = await getConfig();
    const pod = await waitForPod(local, config, forward, options);
    if (pod) await tunnel(local, config, { namespace, pod, port: podPort, silentSeconds });
  } catch (error) {
    const isExpected = local.destroyed;
    local.destroy();
    if (!isExpected)
      log(`${what}: 127.0.0.1:${localPort} to port ${podPort} in ${namespace}: ${reasonOf(error)}.`);
  }
}

/** The name of a ready pod, or undefined where the client left first. */
async function waitForPod(
  local: net.Socket,
  config: KubeConfig,
  { namespace, podLabels }: PortForward,
  { podSeconds = 60 }: PortForwardOptions,
): Promise<string | undefined> {
  const end = Date.now() + podSeconds * 1000;
  const selector = Object.entries(podLabels).map(([key, value]) => `${key}=${value}`);
  for (let wait = FIRST_WAIT_MS; !local.destroyed; wait = Math.min(2 * wait, MOST_WAIT_MS)) {
    const found = await findReadyPod(config, namespace, selector.join(","));
    if (typeof found === "string") return found;
    if (Date.now() + wait > end)
      throw new Refusal(
        `${found.problem} for ${podSeconds} s; see kubectl --context ${config.getCurrentContext()} -n ${namespace} get pods -l ${selector}`,
      );
    await sleep(wait, undefined, { ref: false });
  }
  return undefined;
}
