import type { Socket } from "node:net";
import type { KubeConfig, V1Pod, V1PodList } from "@kubernetes/client-node";
import type { ClientOptions, WebSocket } from "ws";
import {
  apiServerOf,
  getOnce,
  REQUEST_MS,
  Refusal,
  reasonOf,
  withCredentials,
} from "../node-program/api-server";
import type { Answer } from "../node-program/http-client";

/** A ready pod's name, or why there is none yet. @throws Refusal where waiting won't help */
export async function findReadyPod(
  config: KubeConfig,
  namespace: string,
  labelSelector: string,
): Promise<string | { problem: string }> {
  const query = new URLSearchParams({ labelSelector });
  const target = await apiServerOf(config);
  let answer: Answer;
  try {
    answer = await getOnce(target, `/api/v1/namespaces/${namespace}/pods?${query}`);
  } catch (error) {
    return { problem: reasonOf(error) };
  }
  if (answer.status >= 500 || answer.status === 429)
    return { problem: `the API server answered ${answer.status}` };
  if (answer.status !== 200) throw refusalOf(answer.status, namespace);
  const { items } = JSON.parse(answer.body) as V1PodList;
  return items.find(isReady)?.metadata?.name ?? { problem: "no pod was ready" };
}

function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && !metadata?.deletionTimestamp;
}

function serverOf(config: KubeConfig): string {
  return config.getCurrentCluster()?.server.replace(/\/$/, "") ?? "";
}

function refusalOf(status: number, namespace: string): Refusal {
  const fix =
    status === 403
      ? `; the kubeconfig's user needs to list pods, and to get and create pods/portforward, in ${namespace}`
      : status === 401
        ? "; the kubeconfig's credentials are not, or no longer, good"
        : "";
  return new Refusal(`the API server answered ${status}${fix}`);
}

export interface TunnelOptions {
  namespace: string;
  pod: string;
  port: number;
  silentSeconds: number;
}

// Of a message the first byte, with one port; the first message of each channel is the port's number in two bytes
// (Kubernetes, k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go).
const DATA = 0;
const ERROR = 1;

/**
 * Carries a connection to a port of a pod until either end closes it, through a WebSocket of its own. The client library's
 * PortForward reads both ends however slow the other is, and throws out of an event handler at an empty message.
 * @throws where the pod can't be reached, or the API server falls silent
 */
export async function tunnel(local: Socket, config: KubeConfig, options: TunnelOptions): Promise<void> {
  const { namespace, pod, silentSeconds } = options;
  const remote = await dial(config, options);
  return new Promise((resolve, reject) => {
    const fail = (message: string) => reject(new Refusal(`${pod}: ${message}`));
    remote.on("upgrade", ({ socket }) => socket.unref());
    remote.on("unexpected-response", (request, { statusCode = 0 }) => {
      reject(refusalOf(statusCode, namespace));
      request.destroy();
    });
    remote.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    remote.on("close", () => {
      local.destroySoon();
      resolve();
    });
    local.on("close", () => {
      remote.resume();
      remote.close();
    });
    if (local.destroyed) remote.close();
    remote.on("open", () => sendToPod(local, remote));
    receiveFromPod(remote, local, fail);
    endWhenSilent(remote, silentSeconds, fail);
  });
}

async function dial(config: KubeConfig, { namespace, pod, port }: TunnelOptions): Promise<WebSocket> {
  const { WebSocket } = await import("ws");
  // closeTimeout is newer than the types.
  const options: ClientOptions & { closeTimeout: number } = {
    handshakeTimeout: REQUEST_MS,
    closeTimeout: 2_000,
    perMessageDeflate: false,
  };
  await withCredentials(config, () => config.applyToHTTPSOptions(options));
  const server = serverOf(config).replace(/^http/, "ws");
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`;
  return new WebSocket(server + path, "v4.channel.k8s.io", options);
}

/** One chunk at a time: the next is read when the last has left. */
function sendToPod(local: Socket, remote: WebSocket): void {
  local.on("data", (bytes) => {
    local.pause();
    remote.send(Buffer.concat([Buffer.of(DATA), bytes]), (error) => {
      if (!error) local.resume();
    });
  });
}

function receiveFromPod(remote: WebSocket, local: Socket, fail: (message: string) => void): void {
  const isBegun = [false, false];
  local.on("drain", () => remote.resume());
  remote.on("message", (message: Buffer) => {
    const channel = message[0];
    if (channel !== DATA && channel !== ERROR) return;
    const bytes = message.subarray(isBegun[channel] ? 1 : 3);
    isBegun[channel] = true;
    if (bytes.length === 0 || local.destroyed) return;
    if (channel === ERROR) fail(printable(bytes));
    else if (!local.write(bytes)) remote.pause();
  });
}

/** Nothing else tells of a peer that went away without a word, or of a load balancer that forgot the connection. */
function endWhenSilent(remote: WebSocket, seconds: number, fail: (message: string) => void): void {
  let isSilent = false;
  const hear = () => {
    isSilent = false;
  };
  const timer = setInterval(() => {
    if (remote.readyState !== remote.OPEN) return;
    if (isSilent) {
      fail(`the API server was silent for ${seconds} s`);
      remote.terminate();
      return;
    }
    // One that is paused can't hear the answer.
    isSilent = !remote.isPaused;
    remote.ping();
  }, seconds * 1000).unref();
  remote.on("pong", hear);
  remote.on("message", hear);
  remote.on("close", () => clearInterval(timer));
}

function printable(text: Buffer): string {
  return text
    .toString("utf8")
    .replace(/[^\x20-\x7e]+/g, " ")
    .slice(0, 200);
}
