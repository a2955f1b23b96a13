import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  type AddressInfo,
  connect as connectPlain,
  createServer as createPlainServer,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { openPortForwards, type PortForwardOptions } from "../../components/elastic/port-forward";
import { type Certificates, issueCertificates } from "../../components/pipeline/certificates";
import { freePorts } from "../../tools/dev/cluster/ports";
import { TYPESCRIPT } from "../../tools/dev/typescript";
import { POD_API_TOKEN, PodApi } from "../support/scenarios/pod-api";

const MIB = 1024 * 1024;
/** More than the kernel keeps for two connections. */
const FLOOD = 24 * MIB;

// Pods of the embedded cluster are simulated: no kubelet is there to forward to. The other end is a server of the tests that
// speaks the API server's protocol, with a real TLS server behind it.
describe("port-forwards to a pod, for the length of the run", () => {
  let api: PodApi;
  let certificates: Certificates;
  let folder: string;
  let pod: Server;
  let atPod: (socket: TLSSocket) => void;
  let localPort: number;
  const closeAll: (() => void)[] = [];
  const lines: string[] = [];
  const kept = process.env["KUBECONFIG"];

  before(async () => {
    certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
    folder = mkdtempSync(join(tmpdir(), "port-forward-"));
    const { serverCertificate: cert, serverKey: key } = certificates;
    pod = createServer({ cert, key }, (socket) => {
      socket.on("error", () => {});
      atPod(socket);
    });
    await once(pod.listen(0, "127.0.0.1"), "listening");
  });
  after(() => {
    pod.close();
    rmSync(folder, { recursive: true, force: true });
    if (kept === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = kept;
  });
  beforeEach(async () => {
    api = await PodApi.start();
    api.podPort = (pod.address() as AddressInfo).port;
    atPod = (socket) => socket.pipe(socket);
    [localPort] = (await freePorts(1)) as [number];
    lines.length = 0;
    process.env["KUBECONFIG"] = join(folder, "kubeconfig");
    writeFileSync(process.env["KUBECONFIG"], api.kubeconfig());
  });
  afterEach(async () => {
    for (const close of closeAll.splice(0)) close();
    await api.stop();
    assert.ok(!lines.join("\n").includes(POD_API_TOKEN), "no token is printed");
  });

  const forwardOf = (port = localPort) => ({
    ...{ localPort: port, configKey: "security-stack:output.elasticsearch.access.localPort" },
    ...{ namespace: "elastic", podLabels: { app: "es", role: "data" }, podPort: 9200, what: "Elasticsearch" },
  });
  const open = async (options: PortForwardOptions = {}) => {
    const log = (line: string) => lines.push(line);
    const forwards = await openPortForwards([forwardOf()], { log, ...options });
    closeAll.push(forwards.close);
    return forwards;
  };
  /** A client that trusts the pod's authority only, for the name localhost; with what it received, to its end. */
  const client = () => {
    const socket = connect({
      port: localPort,
      host: "127.0.0.1",
      servername: "localhost",
      ca: certificates.caCertificate,
    });
    closeAll.push(() => socket.destroy());
    socket.on("error", () => {});
    return socket;
  };
  const ask = async (text: string) => {
    const socket = client();
    socket.write(text);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return answer.toString();
  };
  /** The one line that a connection that can't be carried leaves. */
  const refused = async () => {
    await closed(client());
    await until(() => lines.length > 0);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", /^Elasticsearch: 127\.0\.0\.1:\d+ to port 9200 in elastic: [^\n]+\.$/);
    return lines[0] ?? "";
  };

  it("carry bytes both ways, with TLS from end to end", async () => {
    await open();
    assert.deepEqual(api.seen, [], "nothing is asked before there is a connection");
    assert.equal(await ask("hello"), "hello");
    assert.deepEqual(api.seen, [
      "/api/v1/namespaces/elastic/pods?labelSelector=app%3Des%2Crole%3Ddata",
      "/api/v1/namespaces/elastic/pods/es-0/portforward?ports=9200",
    ]);
  });

  it("listen on no other address", async () => {
    await open();
    const socket = connectPlain(localPort, "127.0.0.2").on("error", () => {});
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
  });

  it("carry several connections at once, and keep none", async () => {
    await open();
    const texts = Array.from({ length: 12 }, (_, index) => `connection ${index}`);
    assert.deepEqual(await Promise.all(texts.map(ask)), texts);
    await until(() => api.connections === 0);
    assert.deepEqual(lines, []);
  });

  it("carry 10 MB there and back as they are", async () => {
    await open();
    const bytes = randomBytes(10 * MIB);
    const hash = createHash("sha256");
    const socket = client();
    socket.write(bytes);
    let received = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      hash.update(chunk);
      received += chunk.length;
      if (received === bytes.length) break;
    }
    assert.equal(hash.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  });

  it("read no more from a pod than the client takes", async () => {
    atPod = (socket) => socket.end(Buffer.alloc(FLOOD));
    await open();
    const idle = client();
    await once(idle, "secureConnect");
    // By the time that one which reads has had it all, so had the idle one if nothing held it back.
    assert.equal(await countOf(client()), FLOOD);
    const [ofIdle = FLOOD] = api.pulled;
    assert.ok(ofIdle < (FLOOD * 2) / 3, `${ofIdle} bytes for a client that reads nothing`);
    assert.equal(await countOf(idle), FLOOD);
  });

  it("read no more from a client than the pod takes", async () => {
    const counts: Promise<number>[] = [];
    let idle: Socket | undefined;
    atPod = (socket) => {
      if (idle) counts.push(countOf(socket));
      else idle = socket.pause();
    };
    const flood = async () => {
      const socket = client();
      await once(socket, "secureConnect");
      for (let sent = 0; sent < FLOOD; sent += MIB) socket.write(Buffer.alloc(MIB));
      socket.end();
      return socket;
    };
    await open();
    const stuck = await flood();
    await closed(await flood());
    assert.equal(await counts[0], FLOOD);
    const taken = FLOOD - stuck.writableLength;
    assert.ok(taken < (FLOOD * 2) / 3, `${taken} bytes for a pod that reads nothing`);
    assert.ok(idle);
    assert.equal(await countOf(idle), FLOOD);
  });

  it("wait for a pod that is ready and stays", async () => {
    api.pods = [{ name: "gone", isReady: true, isDeleted: true }, { name: "young" }];
    await open();
    const answer = ask("hello");
    await until(() => api.seen.length === 2);
    api.pods = [...api.pods, { name: "es-1", isReady: true }];
    assert.equal(await answer, "hello");
    assert.match(api.seen.at(-1) ?? "", /pods\/es-1\/portforward/);
  });

  it("say so where no pod becomes ready in time", async () => {
    api.pods = [];
    await open({ podSeconds: 0.3 });
    assert.match(
      await refused(),
      /no pod was ready for 0\.3 s; see kubectl --context admin -n elastic get pods -l app=es,role=data\.$/,
    );
  });

  it("end a connection whose pod goes away, and carry the next to its successor", async () => {
    await open();
    const socket = client();
    await once(socket, "secureConnect");
    api.cut();
    await closed(socket);
    api.pods = [{ name: "es-1", isReady: true }];
    assert.equal(await ask("again"), "again");
  });

  it("end with the program's own close", async () => {
    const forwards = await open();
    const socket = client();
    await once(socket, "secureConnect");
    forwards.close();
    await closed(socket);
    await until(() => api.connections === 0);
    await assert.rejects(ask("late"));
  });

  it("end a connection on which the API server falls silent", async () => {
    api.isMute = true;
    await open({ silentSeconds: 0.1 });
    assert.match(await refused(), /es-0: the API server was silent for 0\.1 s/);
    await until(() => api.connections === 0);
  });

  it("wait for an API server that is away, and say so in the end", async () => {
    const { port } = api;
    await api.stop();
    await open({ podSeconds: 0.3 });
    assert.match(await refused(), /the API server can't be reached \(ECONNREFUSED\) for 0\.3 s; see kubectl/);
    await api.listen(port);
    assert.equal(await ask("back"), "back");
  });

  it("repeat what the node says, in one plain line", async () => {
    api.error = "failed to connect to\nlocalhost:9200\u001b[31m: connection refused";
    await open();
    assert.match(await refused(), /es-0: failed to connect to localhost:9200 \[31m: connection refused\.$/);
  });

  for (const [status, fix] of [
    [403, /answered 403; the kubeconfig's user needs to list pods, and to get and create pods\/portforward/],
    [401, /answered 401; the kubeconfig's credentials/],
    [404, /answered 404/],
  ] as const)
    it(`say what to do where the API server answers ${status}`, async () => {
      api.status = status;
      await open();
      assert.match(await refused(), fix);
    });

  it("take credentials from a plugin, and print nothing of one that fails", async () => {
    await open({ context: "good-plugin" });
    assert.equal(await ask("hello"), "hello");
    await open({ context: "plugin" });
    assert.match(
      await refused(),
      /no credentials from the kubeconfig for context plugin; kubectl --context plugin/,
    );
  });

  it("name a context that is not there, and print nothing of a kubeconfig that can't be read", async () => {
    await open({ context: "none" });
    assert.match(await refused(), /no context "none"/);
    lines.length = 0;
    writeFileSync(process.env["KUBECONFIG"] ?? "", `token: [${POD_API_TOKEN}\nx: ]: y`);
    await open();
    assert.match(await refused(), /kubeconfig can't be read \(not valid\); set KUBECONFIG/);
  });

  it("refuse a port that is taken, and name its config key; a port of their own is taken over", async () => {
    const other = createPlainServer();
    await once(other.listen(localPort, "127.0.0.1"), "listening");
    const message = new RegExp(
      `^Error: Elasticsearch: port ${localPort} of 127\\.0\\.0\\.1 is in use by another program\\. Free it, or set security-stack:output\\.`,
    );
    await assert.rejects(open(), message);
    other.close();
    await once(other, "close");
    await open();
    await open();
    assert.equal(await ask("hello"), "hello");
    await assert.rejects(openPortForwards([forwardOf(), forwardOf()]), /are both \d+: change one/);
  });

  it("let the program end with listener and connections open, and load no client before it needs one", async () => {
    // The client itself is an ES module, which require.cache does not list; node-fetch is one that it loads.
    const script = `
      const { openPortForwards } = require("./components/elastic/port-forward.ts");
      const hasClient = () => Object.keys(require.cache).some((file) => file.includes("/node-fetch/"));
      openPortForwards([${JSON.stringify(forwardOf())}]).then(() => {
        console.log("open " + hasClient());
        process.stdin.once("data", () => console.log("over " + hasClient()) ?? process.stdin.destroy());
      });`;
    const child = spawn(process.execPath, ["--require", TYPESCRIPT, "-e", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    closeAll.push(() => child.kill("SIGKILL"));
    let printed = "";
    child.stdout.on("data", (data) => {
      printed += data;
    });
    await until(() => printed === "open false\n");
    const socket = client();
    socket.write("hello");
    await once(socket, "data");
    child.stdin.write("end");
    const [code] = (await once(child, "exit")) as [number];
    assert.deepEqual([code, printed], [0, "open false\nover true\n"]);
    await closed(socket);
  });
});

/** Whatever the socket's error. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 45_000;
  while (!holds()) {
    assert.ok(Date.now() < end, `not in 45 s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Reads to the end. */
async function countOf(socket: Socket): Promise<number> {
  let count = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) count += chunk.length;
  return count;
}
