import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { plan } from "../../components/core/plan/plan";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { FEATURES } from "../../components/registry";
import { freePorts } from "../../tools/dev/cluster/ports";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { Collector } from "../rigs/pipeline/collector-process";
import { localise } from "../rigs/pipeline/localise";
import { settingsOf } from "../support/stack/config";

const run = promisify(execFile);

const OTHERS = FEATURES.filter(({ name, schema }) => name !== "otel_pipeline" && schema);
/** Those whose lines the collectors read, and those that a collector's configuration can't differ by. */
const READ = OTHERS.filter(({ collector }) => collector).map(({ name }) => name);
const UNREAD = OTHERS.filter(({ collector }) => !collector).map(({ name }) => name);

/** Every way in which the config can say where documents go, as far as a collector's configuration differs by it. */
const OUTPUTS = {
  "one that exists": '{endpoints: ["https://es.example:9200"]}',
  "one that exists, with a CA": '{endpoints: ["https://[fd00::1]:9200"], caSecretRef: {name: es-ca}}',
  "a managed one": "{managed: {}}",
  "a managed one, nothing made in it": "{managed: {kibana: false}, objects: {enabled: false}}",
};

const USER = "{saslSecretRef: {name: kafka-user, username: stack}}";
/** With all that reads from Kafka: the indexer, and what sends to others than Elasticsearch. */
const KAFKA = [
  '{endpoints: ["https://es.example:9200"]}',
  `kafka: {brokers: ["kafka.example:9093"], gateway: ${USER}, indexer: ${USER}}`,
  `otlp: [{name: loki, endpoint: "https://loki.example", kafka: ${USER}}, {name: siem, endpoint: "https://siem.example", headers: {X-Tenant: a}, auth: {secretRef: {name: siem}, scheme: ""}, caSecretRef: {name: siem-ca}, kafka: ${USER}}]`,
  `cloudwatch: {logGroup: /security/documents, region: eu-central-1, kafka: ${USER}}`,
  `s3: {bucket: archive, region: eu-central-1, kafka: ${USER}}`,
].join(", ");

const NONE_AND_ALL = [[], [...READ, ...UNREAD]];
/**
 * `EVERY_COMBINATION=1` tries every combination, which takes minutes; else none, one, all but one, and all: in these each two are
 * in all four ways.
 */
const EVERY = process.env["EVERY_COMBINATION"] === "1";
const COMBINATIONS = Array.from({ length: 2 ** READ.length }, (_, bits) =>
  READ.filter((_, index) => bits & (1 << index)),
).filter(({ length }) => EVERY || length <= 1 || length >= READ.length - 1);

/** The files that the two collectors are given, as the plan has them. */
function plannedConfigs(on: readonly string[], output: string): Record<string, string> {
  const features = ["otel_pipeline", ...on].map((name) => `{name: ${name}}`).join(", ");
  const text = `global: {clusterName: dev}\nfeatures: [${features}]\noutput: {elasticsearch: ${output}}`;
  const { manifests } = plan(settingsOf(text, FEATURES)).features.find(
    ({ name }) => name === "otel_pipeline",
  )!.contribution;
  return Object.fromEntries(
    manifests.flatMap((manifest) =>
      manifest.kind === "ConfigMap" ? [[manifest.metadata.name, manifest.data!["config.yaml"]!]] : [],
    ),
  );
}

/** The configurations that differ, each with the first features that it is of. */
function differentConfigs(combinations: readonly (readonly string[])[], output: string): Map<string, string> {
  const different = new Map<string, string>();
  for (const on of combinations)
    for (const [name, text] of Object.entries(plannedConfigs(on, output)))
      if (!different.has(text)) different.set(text, `${name} with ${on.join(", ") || "no sensor"}`);
  return different;
}

// Half a minute: what a collector takes only it itself can say.
describe("the collectors' own check of their configurations", function () {
  this.timeout(300_000);
  let program: string;
  let folder: string;

  before(async () => {
    ({ "otelcol-contrib": program } = await ensureTools(["otelcol-contrib"]));
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-validate-"));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What is wrong with it; empty where nothing is. */
  async function problemsOf(text: string, podIp: string): Promise<string> {
    const file = path.join(folder, "config.yaml");
    fs.writeFileSync(file, text);
    const pod = { POD_IP: podIp, KUBE_NODE_NAME: "node-1", KAFKA_PASSWORD: "from a Secret" };
    const env = { PATH: process.env["PATH"], ...pod };
    try {
      await run(program, ["validate", `--config=${file}`], { env });
      return "";
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }

  it("says what is wrong with one that is broken", async () => {
    const broken = plannedConfigs(["falco"], OUTPUTS["a managed one"])["node-collector-config"]!;
    assert.match(
      await problemsOf(broken.replace("max_log_size:", "max_log_sizes:"), "10.0.0.1"),
      /max_log_sizes/,
    );
  });

  it("takes those of none, of each feature alone, of all but one and of all", async () => {
    const all = COMBINATIONS.flatMap((on) => [on, [...on, ...UNREAD]]);
    const different = differentConfigs(all, OUTPUTS["one that exists"]);
    assert.equal(different.size, 2 * COMBINATIONS.length);
    for (const [text, what] of different) assert.equal(await problemsOf(text, "10.0.0.1"), "", what);
  });

  for (const [title, output] of Object.entries(OUTPUTS))
    it(`takes those of no sensor and of all features with ${title}`, async () => {
      const different = differentConfigs(NONE_AND_ALL, output);
      assert.equal(different.size, 2 * 2);
      for (const [text, what] of different) assert.equal(await problemsOf(text, "10.0.0.1"), "", what);
    });

  it("takes those of no sensor and of all features with Kafka and all sinks", async () => {
    const different = differentConfigs(NONE_AND_ALL, KAFKA);
    // Node collector, indexer and four sinks; the gateway's is the same for all tools.
    assert.equal(different.size, 2 * 6 + 1);
    for (const [text, what] of different) assert.equal(await problemsOf(text, "10.0.0.1"), "", what);
  });

  for (const on of [[], ["falco"]])
    it(`takes them to start with at an IPv6 address, with ${on.join() || "no sensor"}`, async () => {
      const texts = plannedConfigs(on, OUTPUTS["one that exists"]);
      for (const [name, text] of Object.entries(texts)) await startsAt("::1", name, parse(text));
    });

  async function startsAt(address: string, name: string, config: CollectorConfig): Promise<void> {
    const [otlp, health, metrics] = (await freePorts(3)) as [number, number, number];
    const home = path.join(folder, name);
    const namespaces = { privileged: "security-system", restricted: "security-pipeline" };
    const collector = new Collector({
      name,
      program,
      folder: home,
      address,
      config: localise(withoutTls(config), {
        folder: home,
        ports: { otlp, health, metrics },
        namespaces,
        metricsPort: 8888,
      }),
      ports: { health, metrics },
    });
    fs.mkdirSync(path.join(home, "elasticsearch-auth"), { recursive: true });
    fs.writeFileSync(path.join(home, "elasticsearch-auth", "api_key"), "none");
    try {
      await collector.start();
      assert.match(await collector.metrics(), /otelcol_process_uptime/);
    } finally {
      await collector.end("SIGKILL");
    }
  }
});

/** Certificates are another test's: durability and templates run with real ones. */
function withoutTls(config: CollectorConfig): CollectorConfig {
  const text = JSON.stringify(config, (key, value) => (key === "tls" ? undefined : value));
  const copy = JSON.parse(text) as CollectorConfig;
  const exporter = copy.exporters["otlp_grpc"];
  if (exporter) exporter["tls"] = { insecure: true };
  return copy;
}
