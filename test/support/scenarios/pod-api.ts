import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import { type AddressInfo, connect } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { stringify } from "yaml";
import { issueCertificates } from "../../../components/pipeline/certificates";

const TOKEN = "a-token-that-nobody-prints";

export interface ListedPod {
  name: string;
  isReady?: boolean;
  isDeleted?: boolean;
}

type Certificates = Pick<
  Awaited<ReturnType<typeof issueCertificates>>,
  "caCertificate" | "serverCertificate" | "serverKey"
>;

/**
 * An API server's list of pods and its port-forward (v4.channel.k8s.io: a channel number before the data of each message, 0
 * the data and 1 an error, the port in two bytes first; Kubernetes, k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go),
 * for one pod that listens at `podPort` of this machine. A kubelet speaks the same to the API server, which hands it on.
 */
export class PodApi {
  pods: ListedPod[] = [{ name: "es-0", isReady: true }];
  podPort = 0;
  /** Refuses whoever has no token, as an API server does; a kubelet knows the API server by its certificate. */
  asksForToken = true;
  /** In place of an answer. */
  status = 200;
  /** The error that the node reports in place of a connection. */
  error: string | undefined;
  /** Takes WebSockets and says nothing on them, not even a pong. */
  isMute = false;
  readonly seen: string[] = [];
  /** Bytes read from the pod, by connection. */
  readonly pulled: number[] = [];
  private readonly sockets: WebSocketServer;
  private readonly server: https.Server;

  private constructor(private readonly certificates: Certificates) {
    this.sockets = new WebSocketServer({
      ...{ noServer: true, autoPong: false },
      handleProtocols: (offered) => (offered.has("v4.channel.k8s.io") ? "v4.channel.k8s.io" : false),
    });
    const { serverCertificate: cert, serverKey: key } = certificates;
    this.server = https.createServer({ cert, key }, (request, response) => this.list(request, response));
    this.server.on("upgrade", (request, socket, head) => {
      this.seen.push(request.url ?? "");
      if (this.statusOf(request) !== 200)
        socket.end(`HTTP/1.1 ${this.statusOf(request)} Refused\r\nConnection: close\r\n\r\n`);
      else this.sockets.handleUpgrade(request, socket, head, (client) => this.forward(client));
    });
  }

  /** @param certificates as what it serves; its own by default */
  static async start(certificates?: Certificates): Promise<PodApi> {
    const own = () => issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
    const api = new PodApi(certificates ?? (await own()));
    await api.listen(0);
    return api;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** WebSockets that are open. */
  get connections(): number {
    return this.sockets.clients.size;
  }

  kubeconfig(): string {
    const ca = Buffer.from(this.certificates.caCertificate).toString("base64");
    const server = `https://localhost:${this.port}`;
    return stringify({
      clusters: [{ name: "here", cluster: { server, "certificate-authority-data": ca } }],
      users: [
        { name: "admin", user: { token: TOKEN } },
        { name: "plugin", user: { exec: { command: "sh", args: ["-c", `echo ${TOKEN}; exit 0`] } } },
        { name: "good-plugin", user: { exec: { command: "echo", args: [credential()] } } },
      ],
      contexts: ["admin", "plugin", "good-plugin"].map((user) => ({
        ...{ name: user, context: { cluster: "here", user } },
      })),
      "current-context": "admin",
    });
  }

  /** Ends every connection without a word, as a node or a server that dies. */
  cut(): void {
    for (const client of this.sockets.clients) client.terminate();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private statusOf({ headers }: IncomingMessage): number {
    const isKnown = !this.asksForToken || headers.authorization === `Bearer ${TOKEN}`;
    return isKnown ? this.status : 401;
  }

  private list(request: IncomingMessage, response: ServerResponse): void {
    this.seen.push(request.url ?? "");
    const items = this.pods.map(({ name, isReady, isDeleted }) => ({
      metadata: { name, ...(isDeleted ? { deletionTimestamp: new Date().toISOString() } : {}) },
      status: { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
    }));
    response.writeHead(this.statusOf(request)).end(JSON.stringify({ items, token: TOKEN }));
  }

  private forward(client: WebSocket): void {
    if (this.isMute) return;
    client.on("ping", (data) => client.pong(data));
    const port = Buffer.from([this.podPort & 0xff, this.podPort >> 8]);
    client.send(Buffer.concat([Buffer.of(0), port]));
    client.send(Buffer.concat([Buffer.of(1), port]));
    // What a client must not fall over.
    client.send(Buffer.alloc(0));
    client.send(Buffer.of(9, 1));
    if (this.error !== undefined) {
      client.send(Buffer.concat([Buffer.of(1), Buffer.from(this.error)]));
      client.close();
      return;
    }
    const pod = connect(this.podPort, "127.0.0.1");
    const index = this.pulled.push(0) - 1;
    pod.on("error", () => client.terminate());
    pod.on("close", () => client.close());
    pod.on("data", (data) => {
      this.pulled[index] = (this.pulled[index] ?? 0) + data.length;
      pod.pause();
      client.send(Buffer.concat([Buffer.of(0), data]), () => pod.resume());
    });
    client.on("close", () => pod.destroy());
    client.on("message", (message: Buffer) => {
      if (!pod.write(message.subarray(1))) client.pause();
    });
    pod.on("drain", () => client.resume());
  }
}

export { TOKEN as POD_API_TOKEN };

function credential(): string {
  const apiVersion = "client.authentication.k8s.io/v1beta1";
  return JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token: TOKEN } });
}
