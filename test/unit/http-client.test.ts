import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import {
  apiKey,
  basic,
  bearer,
  type ClientOptions,
  ConnectionError,
  HttpClient,
  type Target,
} from "../../components/node-program/http-client";
import { kubeconfigTarget } from "../../components/node-program/kubeconfig-target";
import { type Certificates, issueCertificates } from "../../components/pipeline/certificates";

const SECRET = "a-secret-that-nobody-prints";

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

describe("the HTTP client", () => {
  let certificates: Certificates;
  let others: Certificates;
  let tls: https.Server;
  let handle: Handler;
  let connections: number;
  let client: HttpClient | undefined;

  before(async () => {
    [certificates, others] = await Promise.all([issue(), issue()]);
    const { serverCertificate: cert, serverKey: key } = certificates;
    tls = https.createServer({ cert, key }, (request, response) => handle(request, response));
    tls.on("secureConnection", () => {
      connections += 1;
    });
    await listen(tls);
  });
  after(() => end(tls));
  beforeEach(() => {
    connections = 0;
  });
  afterEach(async () => {
    await client?.close();
    client = undefined;
  });

  function target(more: Partial<Target> = {}): Target {
    return { url: `https://localhost:${portOf(tls)}`, ca: certificates.caCertificate, ...more };
  }

  function use(more: Partial<Target> = {}, options: ClientOptions = {}): HttpClient {
    client = new HttpClient(target({ headers: { authorization: bearer(SECRET) }, ...more }), options);
    return client;
  }

  async function failure(request: Promise<unknown>): Promise<ConnectionError> {
    const error: unknown = await request.then(
      () => assert.fail("no error"),
      (error) => error,
    );
    assert.ok(error instanceof ConnectionError, String(error));
    for (const shown of [error.message, error.stack ?? "", JSON.stringify(error)])
      assert.equal(shown.includes(SECRET), false, shown);
    return error;
  }

  const get = { method: "GET", path: "/a" } as const;

  it("sends what it is told, over connections that it keeps, and returns an answer of any status", async () => {
    handle = async (request, response) => {
      const { method, url, headers } = request;
      const body = await text(request);
      response.writeHead(method === "PUT" ? 404 : 200, { "x-kind": "answer" });
      response.end(
        JSON.stringify({ method, url, authorization: headers.authorization, type: headers["x-type"], body }),
      );
    };
    const prefixed = use(
      {
        url: `${target().url}/es/`,
        headers: { authorization: apiKey("a2V5"), "x-type": "one" },
      },
      { connections: 1 },
    );
    const first = await prefixed.request({
      method: "POST",
      path: "/b?c=d",
      body: "ü",
      headers: { "x-type": "two" },
    });
    assert.deepEqual([first.status, first.headers["x-kind"]], [200, "answer"]);
    assert.deepEqual(JSON.parse(first.body), {
      ...{ method: "POST", url: "/es/b?c=d", authorization: "ApiKey a2V5", type: "two", body: "ü" },
    });
    const second = await prefixed.request({ method: "PUT", path: "/b", body: Buffer.from("{}") });
    assert.deepEqual([second.status, JSON.parse(second.body).body], [404, "{}"]);
    for (let i = 0; i < 10; i += 1) await prefixed.request(get);
    assert.equal(connections, 1);
  });

  it("trusts the certificate authority that it is given and no other, for the server's own name", async () => {
    handle = (_, response) => void response.end("{}");
    const other = await failure(use({ ca: others.caCertificate }).request(get));
    assert.match(
      other.code,
      /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|SELF_SIGNED_CERT_IN_CHAIN)$/,
    );
    const unknown = await failure(use({ ca: undefined }).request(get));
    assert.match(unknown.code, /^(UNABLE_TO_|SELF_SIGNED)/);
    const named = await failure(use({ url: `https://127.0.0.1:${portOf(tls)}` }).request(get));
    assert.equal(named.code, "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("names server and reason when nothing listens, and when the server hangs up", async () => {
    const refused = await failure(use({ url: "https://localhost:1" }).request(get));
    assert.deepEqual([refused.code, refused.host], ["ECONNREFUSED", "localhost:1"]);
    handle = ({ socket }) => socket.destroy();
    const closed = await failure(use().request({ method: "POST", path: "/", body: SECRET }));
    assert.deepEqual(
      [closed.code, closed.reason],
      ["ECONNRESET", "the connection was closed before the answer"],
    );
    handle = (_, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("half", () => response.destroy());
    };
    assert.match((await failure(use().request(get))).code, /^(ECONNRESET|UND_ERR_)/);
  });

  it("waits only so long for the whole answer, however it drips", async () => {
    handle = () => {};
    const none = await failure(use({}, { timeoutMs: 100 }).request(get));
    assert.deepEqual([none.code, none.reason], ["ETIMEDOUT", "no answer in 0.1 s"]);
    handle = (_, response) => {
      const drip = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(drip));
    };
    assert.equal((await failure(use({}, { timeoutMs: 200 }).request(get))).code, "ETIMEDOUT");
    const mute = createServer(() => {});
    await listen(mute);
    const dark = await failure(
      use({ url: `https://localhost:${portOf(mute)}` }, { timeoutMs: 100 }).request(get),
    );
    mute.close();
    assert.equal(dark.code, "ETIMEDOUT");
  });

  it("takes no answer that is longer than it may be", async () => {
    handle = (_, response) => void response.end("x".repeat(2000));
    assert.equal((await use({}, { maxAnswerBytes: 2000 }).request(get)).body.length, 2000);
    const { code, reason } = await failure(use({}, { maxAnswerBytes: 1999 }).request(get));
    assert.deepEqual([code, reason], ["EMSGSIZE", "an answer of more than 1999 bytes"]);
  });

  it("streams an answer of any length", async () => {
    handle = (_, response) => void response.writeHead(201).end("x".repeat(1_000_000));
    const { status, body } = await use({}, { maxAnswerBytes: 10 }).stream(get);
    assert.deepEqual([status, (await text(body)).length], [201, 1_000_000]);
  });

  it("ends a request with its signal", async () => {
    handle = () => {};
    const stop = new AbortController();
    const request = use().request({ ...get, signal: stop.signal });
    stop.abort(new Error("stopped"));
    await assert.rejects(request, /^Error: stopped$/);
  });

  it("opens as many connections as it may", async () => {
    const waiting: http.ServerResponse[] = [];
    handle = (_, response) => {
      waiting.push(response);
      // The third has to wait for one of them.
      if (waiting.length === 2) for (const one of waiting) one.end();
      if (waiting.length > 2) response.end();
    };
    const pool = use({}, { connections: 2 });
    await Promise.all([pool.request(get), pool.request(get), pool.request(get)]);
    assert.equal(connections, 2);
  });

  it("sends credentials over TLS only, or to this machine, and takes none from an address", () => {
    for (const url of ["http://es.example:9200", "ftp://es.example", "http://127.0.0.1.example"])
      assert.throws(() => new HttpClient({ url }), /only https/, url);
    for (const url of ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost", "http://169.254.170.23"])
      new HttpClient({ url });
    assert.throws(() => new HttpClient({ url: "http://169.254.170.230" }), /only https/);
    for (const url of [`https://user:${SECRET}@es.example`, `https://${SECRET}@es.example`, `:${SECRET}`])
      assert.throws(
        () => new HttpClient({ url }),
        ({ message }: Error) => !message.includes(SECRET),
      );
  });

  it("prints no header that it can't send", async () => {
    const broken = use({ headers: { authorization: `${bearer(SECRET)}\n` } });
    await assert.rejects(broken.request(get), ({ message }: Error) => {
      assert.match(message, /localhost:\d+: invalid authorization header/);
      return !message.includes(SECRET);
    });
  });

  describe("to the API server of a kubeconfig", () => {
    async function throughKubeconfig(cluster: object, user: object): Promise<string> {
      const config = new KubeConfig();
      const caData = Buffer.from(certificates.caCertificate).toString("base64");
      const server = target().url;
      config.loadFromOptions({
        clusters: [{ name: "c", server, skipTLSVerify: false, caData, ...cluster }],
        users: [{ name: "u", ...user }],
        contexts: [{ name: "x", cluster: "c", user: "u" }],
        currentContext: "x",
      });
      await client?.close();
      client = new HttpClient(await kubeconfigTarget(config), { timeoutMs: 5_000 });
      return (await client.request(get)).body;
    }

    beforeEach(() => {
      handle = ({ headers }, response) => void response.end(headers.authorization);
    });

    it("shows its token, or its user and password", async () => {
      assert.equal(await throughKubeconfig({}, { token: SECRET }), bearer(SECRET));
      assert.equal(await throughKubeconfig({}, { username: "u", password: "p:q" }), basic("u", "p:q"));
    });

    it("shows its certificate", async () => {
      const { caCertificate, clientCertificate, clientKey } = certificates;
      const { serverCertificate: cert, serverKey: key } = certificates;
      const strict = https.createServer(
        { cert, key, ca: caCertificate, requestCert: true },
        (request, response) => {
          response.end(String((request.socket as unknown as { authorized: boolean }).authorized));
        },
      );
      await listen(strict);
      const base64 = (pem: string) => Buffer.from(pem).toString("base64");
      const user = { certData: base64(clientCertificate), keyData: base64(clientKey) };
      assert.equal(await throughKubeconfig({ server: `https://localhost:${portOf(strict)}` }, user), "true");
      await client?.close();
      await end(strict);
    });

    it("verifies its certificate by the name that the cluster has, or not where the context says so", async () => {
      const server = `https://127.0.0.1:${portOf(tls)}`;
      await failure(throughKubeconfig({ server }, { token: SECRET }));
      assert.equal(
        await throughKubeconfig({ server, tlsServerName: "localhost" }, { token: SECRET }),
        bearer(SECRET),
      );
      assert.equal(
        await throughKubeconfig({ server, skipTLSVerify: true, caData: undefined }, { token: SECRET }),
        bearer(SECRET),
      );
    });

    it("goes through its proxy, with TLS from end to end", async () => {
      const asked: string[] = [];
      const proxy = http.createServer().on("connect", (request: http.IncomingMessage, socket: Socket) => {
        asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
        const onward = connect(portOf(tls), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          onward.pipe(socket).pipe(onward);
        });
        for (const one of [socket, onward]) one.on("error", () => {});
      });
      await listen(proxy);
      const proxyUrl = `http://me:pass@127.0.0.1:${portOf(proxy)}`;
      assert.equal(await throughKubeconfig({ proxyUrl }, { token: SECRET }), bearer(SECRET));
      assert.deepEqual(asked, [`localhost:${portOf(tls)} ${basic("me", "pass")}`]);
      await failure(
        throughKubeconfig(
          { proxyUrl, caData: Buffer.from(others.caCertificate).toString("base64") },
          { token: SECRET },
        ),
      );
      await client?.close();
      await end(proxy);
    });
  });
});

function issue(): Promise<Certificates> {
  return issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
}

async function listen(server: Server): Promise<void> {
  await once(server.listen(0, "127.0.0.1"), "listening");
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function end(server: http.Server | https.Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
