import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { buffer } from "node:stream/consumers";
import { registryFacts } from "../../components/core/plan/registry-facts";
import type { Json } from "../../components/forwarding/stored-documents";
import { HttpClient } from "../../components/node-program/http-client";
import { convertPass, EXIT as OCSF_EXIT } from "../../components/ocsf/program/convert-pass";
import { issueCertificates } from "../../components/pipeline/certificates";
import { open } from "../../components/pipeline/sinks/otlp-target";
import { EXIT, runSink } from "../../components/pipeline/store-sink/sink";
import { FEATURES } from "../../components/registry";
import { freePorts } from "../../tools/dev/cluster/ports";
import { Answering } from "../support/forwarding/answering";
import { CLUSTER, MemoryStore } from "../support/forwarding/memory";

const MODULES = Object.fromEntries(
  registryFacts(FEATURES).documents.map(({ tool, ocsf }) => [tool, ocsf as object]),
);

interface ConfigMap {
  metadata: { resourceVersion: string };
  data: Record<string, string>;
}

/**
 * What the programs ask of Elasticsearch and of the API server, both at one address: the real ones are in the pipeline rung. A minute
 * passes between two answers about the position.
 */
class Surroundings {
  readonly store = new MemoryStore();
  readonly configMap: ConfigMap = { metadata: { resourceVersion: "1" }, data: {} };
  readonly authorizations = new Set<string>();

  private constructor(
    private readonly server: Server,
    readonly folder: string,
    readonly env: Record<string, string>,
  ) {}

  static async start(): Promise<Surroundings> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-programs-"));
    const { caCertificate, serverCertificate, serverKey } = await issueCertificates({
      serverNames: ["localhost"],
      validityDays: 2,
    });
    const server = createServer({ cert: serverCertificate, key: serverKey }, (request, response) => {
      started.authorizations.add(String(request.headers.authorization));
      void buffer(request)
        .then((bytes) => started.answer(request.url ?? "", request.method ?? "", bytes.toString()))
        .then(
          (answer) => response.writeHead(200).end(JSON.stringify(answer)),
          (error: Error) => response.writeHead(Number(error.message)).end("{}"),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const write = (name: string, text: string) => {
      fs.writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    write("token", "the-accounts-token");
    const ca = write("ca.crt", caCertificate);
    const started = new Surroundings(server, folder, {
      ELASTICSEARCH_URLS: `https://localhost:${port}`,
      ELASTICSEARCH_API_KEY_FILE: write("api_key", "encoded\n"),
      ELASTICSEARCH_CA_FILE: ca,
      KUBERNETES_SERVICE_HOST: "localhost",
      KUBERNETES_SERVICE_PORT: String(port),
      SERVICE_ACCOUNT_FOLDER: folder,
      CLUSTER_NAME: CLUSTER,
      NAMESPACE: "security-pipeline",
      POSITION_CONFIG_MAP: "x-position",
      INDICES: "a b",
    });
    return started;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    fs.rmSync(this.folder, { recursive: true });
  }

  write(name: string, content: object): string {
    fs.writeFileSync(path.join(this.folder, name), JSON.stringify(content));
    return path.join(this.folder, name);
  }

  position(): { done: Record<string, number>; seen?: { at: string } } {
    return JSON.parse(this.configMap.data["position.json"] ?? '{"done":{}}');
  }

  private async answer(url: string, method: string, body: string): Promise<unknown> {
    const index = /^\/(\w+)\/_search\?allow_partial_search_results=false$/.exec(url)?.[1];
    if (index) {
      const { hits, aggregations } = await this.store.search(index, JSON.parse(body) as Json);
      return { hits: { hits }, aggregations };
    }
    assert.equal(url, "/api/v1/namespaces/security-pipeline/configmaps/x-position");
    if (method === "PATCH") this.patch(JSON.parse(body) as ConfigMap);
    this.aMinuteLater();
    return this.configMap;
  }

  private patch({ metadata, data }: ConfigMap): void {
    if (metadata.resourceVersion !== this.configMap.metadata.resourceVersion) throw new Error("409");
    Object.assign(this.configMap.data, data);
    metadata.resourceVersion = String(Number(metadata.resourceVersion) + 1);
    this.configMap.metadata = metadata;
  }

  private aMinuteLater(): void {
    const { seen, ...rest } = this.position();
    if (!seen) return;
    const at = new Date(Date.parse(seen.at) - 60_000).toISOString();
    this.configMap.data["position.json"] = JSON.stringify({ ...rest, seen: { ...seen, at } });
  }
}

async function quietly<T>(work: () => Promise<T>): Promise<{ result: T; log: string }> {
  const lines: string[] = [];
  const print = console.log;
  console.log = (line: string) => void lines.push(line);
  try {
    return { result: await work(), log: lines.join("\n") };
  } finally {
    console.log = print;
  }
}

describe("forwarding: the programs", () => {
  let around: Surroundings;
  let there: Answering;

  beforeEach(async () => {
    [around, there] = await Promise.all([Surroundings.start(), Answering.start()]);
    around.store.add("a", 20);
    around.store.add("b", 3);
  });
  afterEach(() => Promise.all([around.stop(), there.stop()]));

  const events = (folder: string) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ndjson"))
      .flatMap((file) => fs.readFileSync(path.join(folder, file), "utf8").trimEnd().split("\n"))
      .map((line) => (JSON.parse(line) as { metadata: { uid: string } }).metadata.uid);

  it("of the CronJob writes events to a folder, and says how it went", async () => {
    const out = path.join(around.folder, "events");
    const TARGET_FILE = around.write("target.json", { kind: "folder", path: out });
    const pass = () => quietly(() => convertPass({ ...around.env, TARGET_FILE }, MODULES));
    assert.equal((await pass()).result, OCSF_EXIT.ok);
    const { result, log } = await pass();
    assert.equal(result, OCSF_EXIT.ok);
    assert.match(log, /"sent":23/);
    assert.equal(new Set(events(out)).size, 23);
    assert.deepEqual([...around.authorizations].sort(), ["ApiKey encoded", "Bearer the-accounts-token"]);
  });

  it("of the CronJob writes Parquet to a folder for a lake, each document once", async () => {
    const out = path.join(around.folder, "events");
    const lake = { source: "stack", region: "eu-central-1", accountId: "external" };
    const TARGET_FILE = around.write("target.json", { kind: "folder", path: out, lake });
    const pass = () => quietly(() => convertPass({ ...around.env, TARGET_FILE }, MODULES));
    assert.equal((await pass()).result, OCSF_EXIT.ok);
    const { result, log } = await pass();
    assert.equal(result, OCSF_EXIT.ok);
    assert.match(log, /"sent":23/);
    const files = fs
      .readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)));
    assert.ok(files.length > 1);
    for (const file of files) {
      assert.match(
        file,
        /^stack-\d+\/region=eu-central-1\/accountId=external\/eventDay=\d{8}\/ocsf-[ab]-0-\d+-1\.parquet$/,
      );
      assert.equal(fs.readFileSync(path.join(out, file)).subarray(-4).toString(), "PAR1");
    }
  });

  it("of the CronJob ends with 1 where a server does not take part, with 64 where a setting is wrong", async () => {
    const kind = { kind: "folder", path: path.join(around.folder, "events") };
    const TARGET_FILE = around.write("target.json", kind);
    const pass = (env: Record<string, string>) =>
      quietly(() => convertPass({ ...around.env, TARGET_FILE, ...env }, MODULES));
    const away = await pass({ ELASTICSEARCH_URLS: "https://localhost:1" });
    assert.equal(away.result, OCSF_EXIT.failed);
    assert.match(away.log, /localhost:1/);
    assert.equal((await pass({ INDICES: "" })).result, OCSF_EXIT.settings);
    const bucket = around.write("bucket.json", {
      ...{
        kind: "s3",
        url: there.url,
        region: "eu-central-1",
        bucket: "b",
        prefix: "p",
        storageClass: "STANDARD",
      },
    });
    const none = await pass({ TARGET_FILE: bucket });
    assert.equal(none.result, OCSF_EXIT.settings);
    assert.match(none.log, /Pod Identity gave this pod no credentials/);
  });

  it("of a sink sends until it is stopped, and tells Prometheus", async () => {
    fs.writeFileSync(path.join(around.folder, "auth"), "hidden");
    const DESTINATION_FILE = around.write("destination.json", {
      kind: "otlp",
      url: there.url,
      headers: {},
      auth: { header: "X-Key", scheme: "", file: path.join(around.folder, "auth") },
    });
    const [port] = await freePorts(1);
    const env = { ...around.env, SINK_ID: "otlp-x", DESTINATION_FILE, INTERVAL_SECONDS: "0.05" };
    const stop = new AbortController();
    let isAway = true;
    there.answer = () => ({ status: isAway ? 503 : 200 });
    const client = new HttpClient({ url: `http://127.0.0.1:${port}` });
    const ask = async (what: string) => client.request({ method: "GET", path: what });
    const until = async (holds: () => boolean | Promise<boolean>) => {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const { result, log } = await quietly(async () => {
      const running = runSink({ ...env, METRICS_PORT: String(port) }, open, stop.signal);
      await until(async () => /failures_total\{sink="otlp-x"\} [1-9]/.test((await ask("/metrics")).body));
      assert.equal((await ask("/ready")).status, 503);
      isAway = false;
      await until(async () => /sent_total\{sink="otlp-x"\} 23/.test((await ask("/metrics")).body));
      await until(async () => (await ask("/ready")).status === 200);
      assert.equal((await ask("/healthy")).status, 200);
      stop.abort();
      return running;
    });
    await client.close();
    assert.equal(result, EXIT.ok);
    assert.deepEqual(around.position().done, { "a/a": 19, "b/b": 2 });
    assert.match(log, /will try again: the receiver answered 503/);
    assert.doesNotMatch(log, /hidden|encoded|the-accounts-token/);
    assert.equal(there.requests.at(-1)!.headers["x-key"], "hidden");
  });

  it("of a sink ends where its key is another one, to be started again with it", async () => {
    const DESTINATION_FILE = around.write("destination.json", { kind: "otlp", url: there.url, headers: {} });
    const [port] = await freePorts(1);
    const env = { ...around.env, SINK_ID: "x", DESTINATION_FILE, INTERVAL_SECONDS: "0.05" };
    const { result } = await quietly(async () => {
      const running = runSink({ ...env, METRICS_PORT: String(port) }, open, new AbortController().signal);
      fs.writeFileSync(path.join(around.folder, "api_key"), "another");
      return running;
    });
    assert.equal(result, EXIT.ok);
  });

  it("of a sink ends with 64 where a setting is wrong", async () => {
    const DESTINATION_FILE = around.write("destination.json", { kind: "smtp" });
    const env = { ...around.env, SINK_ID: "x", DESTINATION_FILE, INTERVAL_SECONDS: "1", METRICS_PORT: "1" };
    const { result, log } = await quietly(() => runSink(env, open, new AbortController().signal));
    assert.equal(result, EXIT.settings);
    assert.match(log, /error/);
  });
});
