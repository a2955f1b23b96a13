import type * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { stringify } from "yaml";
import { HttpClient } from "../../../components/node-program/http-client";
import { issueCertificates } from "../../../components/pipeline/certificates";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { passOn } from "../../rigs/pass-on";

/** A command as it was asked for. */
export interface ExecCall {
  namespace: string;
  pod: string;
  container: string | null;
  command: string[];
  tty: boolean;
  stderr: boolean;
  protocol: string;
}

export interface ExecAnswer {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
  /** Neither output nor an end: a command that hangs. */
  hang?: boolean;
  /** The connection ends before the command. */
  drop?: boolean;
}

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/**
 * In front of the embedded API server: simulated pods run nothing, so that `exec` is answered here, in the protocol that
 * the API server speaks (v5.channel.k8s.io: a channel number before the data of each message, the Status at the end on
 * channel 3; Kubernetes, staging/src/k8s.io/client-go/tools/remotecommand/websocket.go). All else is the real server's.
 */
export class ExecProxy {
  readonly calls: ExecCall[] = [];
  readonly ca: string;
  answer: (call: ExecCall) => ExecAnswer | Promise<ExecAnswer> = () => ({});
  /** Milliseconds for which the API server's answer is held back. */
  delayMs: (request: http.IncomingMessage) => number = () => 0;
  private readonly server: https.Server;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("v5.channel.k8s.io") ? "v5.channel.k8s.io" : false),
  });

  private constructor(
    { serverCertificate, serverKey, caCertificate }: Awaited<ReturnType<typeof issueCertificates>>,
    private readonly target?: HttpClient,
  ) {
    this.ca = caCertificate;
    this.server = https.createServer(
      { cert: serverCertificate, key: serverKey },
      (request, response) => void this.pass(request, response),
    );
    this.server.on("upgrade", (request, socket, head) =>
      this.sockets.handleUpgrade(
        request,
        socket,
        head,
        (client) => void this.exec(client, request.url ?? ""),
      ),
    );
  }

  /**
   * Without a kubeconfig there is only exec. Callers act as the kubeconfig's user, or with `ownCredentials` as who their
   * own token says.
   */
  static async start(
    kubeconfigPath?: string,
    options: { ownCredentials?: boolean } = {},
  ): Promise<ExecProxy> {
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
    const target = kubeconfigPath ? targetOfKubeconfig(kubeconfigPath) : undefined;
    const passedOn = target && options.ownCredentials ? { url: target.url, ca: target.ca } : target;
    const proxy = new ExecProxy(certificates, passedOn && new HttpClient(passedOn));
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** WebSockets that are open. */
  get connections(): number {
    return this.sockets.clients.size;
  }

  /** A kubeconfig that leads here. */
  kubeconfig(context = "test"): string {
    return stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "elsewhere",
      clusters: [{ name: "embedded", cluster: this.cluster() }],
      users: [{ name: "admin", user: {} }],
      contexts: [{ name: context, context: { cluster: "embedded", user: "admin" } }],
    });
  }

  private cluster() {
    return { server: this.url, "certificate-authority-data": Buffer.from(this.ca).toString("base64") };
  }

  async stop(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.target?.close();
  }

  private async exec(client: WebSocket, url: string): Promise<void> {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const [, namespace = "", pod = ""] = /namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(pathname) ?? [];
    const call = {
      namespace,
      pod,
      container: searchParams.get("container"),
      command: searchParams.getAll("command"),
      tty: searchParams.get("tty") === "true",
      stderr: searchParams.get("stderr") === "true",
      protocol: client.protocol,
    };
    this.calls.push(call);
    const { stdout, stderr, exitCode = 0, hang, drop } = await this.answer(call);
    if (hang) return;
    if (drop) return client.terminate();
    const send = (channel: number, text: string) =>
      client.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
    if (stdout) send(STDOUT, stdout);
    if (stderr) send(STDERR, stderr);
    send(STATUS, JSON.stringify(statusOf(exitCode)));
    client.close();
  }

  private async pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (!this.target) {
      response.writeHead(404).end();
      return;
    }
    const answer = await passOn(this.target, request);
    if (!answer) {
      response.destroy();
      return;
    }
    setTimeout(() => {
      response.writeHead(answer.status, answer.headers);
      answer.body.pipe(response);
    }, this.delayMs(request));
  }
}

function statusOf(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

/** Answers searches as Elasticsearch would that has, or has not, one document that fits; for what is not about documents. */
export class StoreStub {
  hits: object[] = [];
  searches = 0;

  private constructor(
    private readonly server: https.Server,
    readonly ca: string,
  ) {}

  static async start(): Promise<StoreStub> {
    const { serverCertificate, serverKey, caCertificate } = await issueCertificates({
      serverNames: ["localhost"],
      validityDays: 1,
    });
    const server = https.createServer({ cert: serverCertificate, key: serverKey });
    const stub = new StoreStub(server, caCertificate);
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      stub.searches += 1;
      request.resume();
      const { hits } = stub;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ hits: { total: { value: hits.length }, hits } }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return stub;
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
