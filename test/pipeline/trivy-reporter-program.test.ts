import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { CronJob } from "kubernetes-types/batch/v1";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import type { Manifest } from "../../components/kubernetes/manifest";
import { EXIT } from "../../components/trivy/reporter/main";
import { trivy } from "../../components/trivy/trivy-feature";
import { assertHas } from "../rigs/trivy/trivy-partial";
import { FaultyProxy } from "../rigs/trivy/trivy-proxy";
import { vulnerabilities } from "../rigs/trivy/trivy-reports";
import { ReporterWorld } from "../rigs/trivy/trivy-world";

const API_KEY = "cmVwb3J0ZXI6a2V5";
const NAMESPACE = "security-pipeline";

const SHIPPED = ["--cluster-name", "test", "--scanners", "vulnerability"];

interface Run {
  code: number;
  log: Record<string, unknown>;
}

describe("Trivy reporter, as the CronJob runs it", function () {
  this.timeout(400_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "trivy-program-"));
  const manifests = planned();
  let world: ReporterWorld;
  // The test build of Elasticsearch can't make API keys: the proxy takes one and shows the reporter's password.
  let store: FaultyProxy;
  let env: Record<string, string>;

  before(async () => {
    world = await ReporterWorld.start("trivy-program");
    await world.cluster.createNamespace(NAMESPACE);
    for (const manifest of manifests) await world.cluster.apply(manifest);
    const configMap = manifests.find((manifest) => manifest.kind === "ConfigMap")!;
    for (const [file, text] of Object.entries(configMap.data!)) write(file, text);
    await world.begin();
    store = new FaultyProxy(world.index.target);
    env = { ...plannedEnvironment(manifests), ...(await surroundings()) };
  });
  after(async () => {
    await store?.stop();
    await world?.stop();
    fs.rmSync(folder, { recursive: true });
  });

  /** What a pod has around it, made here: the files of its volumes and the address of the API server. */
  async function surroundings(): Promise<Record<string, string>> {
    const { url } = await store.start();
    const server = new URL(world.cluster.target.url);
    write("api_key", `${API_KEY}\n`);
    write("token", await world.cluster.token(NAMESPACE, "trivy-reporter"));
    write("ca.crt", world.cluster.target.ca!);
    return {
      ELASTICSEARCH_URLS: url,
      ELASTICSEARCH_INDEX: world.index.name,
      ELASTICSEARCH_API_KEY_FILE: path.join(folder, "api_key"),
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
      SERVICE_ACCOUNT_FOLDER: folder,
      RETRY_SECONDS: "1",
    };
  }

  function write(file: string, text: string): void {
    fs.writeFileSync(path.join(folder, file), text);
  }

  /** Runs the program of the ConfigMap with nothing in its environment but what the pod would have. */
  function run(more: Record<string, string> = {}): Promise<Run> {
    return new Promise((resolve, reject) => {
      const options = { env: { ...env, ...more }, cwd: folder };
      execFile(process.execPath, [path.join(folder, "reporter.js")], options, (error, stdout, stderr) => {
        if (stderr) reject(new Error(stderr));
        else resolve({ code: typeof error?.code === "number" ? error.code : 0, log: JSON.parse(stdout) });
      });
    });
  }

  /** An npm script of the repository, with the API key in its environment as the help says. */
  function shell(...script: string[]): Promise<{ code: number; stdout: string }> {
    return new Promise((resolve) => {
      const shellEnv = { PATH: process.env["PATH"], HOME: folder, ELASTICSEARCH_API_KEY: API_KEY };
      const options = { env: shellEnv, cwd: path.join(__dirname, "..", "..") };
      execFile("npm", ["run", "--silent", ...script], options, (error, stdout) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout });
      });
    });
  }

  it("stores findings with the rights of its ServiceAccount, and ends with 0", async () => {
    await world.cluster.createReport(world.statefulSet(vulnerabilities(3)));
    const set = await world.cluster.createDeployment(world.namespace, "web");
    await world.cluster.createReport({
      ...world.statefulSet(vulnerabilities(2)),
      name: `replicaset-${set.name}-app`,
      workload: { kind: "ReplicaSet", ...set },
    });
    const { code, log } = await run();
    assertHas(log, { level: "info", subjects: 2, read: 2, written: 5, refused: 0 });
    assert.equal(code, EXIT.ok);
    assert.equal(store.authorization, `ApiKey ${API_KEY}`);
    assert.deepEqual(await world.index.states(), { open: 5 });
  });

  it("does the same from a shell", async () => {
    const report = world.statefulSet(vulnerabilities(4));
    await world.cluster.updateReport(report);
    const { kubeconfigPath } = world.cluster;
    const options = [
      "--kubeconfig",
      kubeconfigPath,
      "--es",
      env["ELASTICSEARCH_URLS"]!,
      "--index",
      world.index.name,
    ];
    const { code, stdout } = await shell("trivy:ship", "--", ...options, ...SHIPPED);
    assert.match(stdout, /2 scanned containers and objects, 1 reports read; 1 findings written, 0 closed/);
    assert.equal(code, EXIT.ok);
    assert.deepEqual(await world.index.states(), { open: 6 });
    assert.equal((await shell("trivy:ship", "--", "--es", "https://x", ...SHIPPED)).code, EXIT.failed);
  });

  it("ends with 0 and sends nothing when nothing is new", async () => {
    const { code, log } = await run();
    assertHas(log, { level: "info", read: 0, bytes: 0 });
    assert.equal(code, EXIT.ok);
  });

  it("ends with 1 when Elasticsearch stays away", async () => {
    store.decide = () => ({ kind: "answer", status: 503 });
    const { code, log } = await run();
    store.decide = () => undefined;
    assertHas(log, { level: "error" });
    assert.match(String(log["message"]), /Elasticsearch: status 503, after \d+ tries in 1 s/);
    assert.equal(code, EXIT.failed);
  });

  it("ends with 1 and says which right is missing when its ClusterRole is gone", async () => {
    write("token", await world.cluster.token(NAMESPACE, "default"));
    const { code, log } = await run();
    write("token", await world.cluster.token(NAMESPACE, "trivy-reporter"));
    assert.match(String(log["message"]), /answers 403 to "list vulnerabilityreports"/);
    assert.equal(code, EXIT.failed);
  });

  it("ends with 2 and names the document when one is refused", async () => {
    await world.end();
    await world.begin({
      vulnerability: { properties: { resource: { type: "long", ignore_malformed: false } } },
    });
    await store.stop();
    store = new FaultyProxy(world.index.target);
    env = { ...env, ...(await surroundings()) };
    const numbered = vulnerabilities(3).map((finding) => ({ ...finding, resource: "1" }));
    await world.cluster.createReport(world.statefulSet([...numbered, ...vulnerabilities(1, 10)]));
    const { code, log } = await run();
    assertHas(log, { level: "error", refused: 1 });
    assert.equal(code, EXIT.refused);
    assert.deepEqual(await world.index.states(), { open: 3 });
  });

  it("ends with 64 and names the variable when a setting is missing or wrong", async () => {
    for (const [name, value] of [
      ["CLUSTER_NAME", ""],
      ["SEVERITY_THRESHOLD", "SEVERE"],
      ["CLOSE_AFTER_MINUTES", "soon"],
      ["ELASTICSEARCH_API_KEY_FILE", "/nowhere"],
    ] as const) {
      const { code, log } = await run({ [name]: value });
      assert.equal(code, EXIT.settings, name);
      assert.match(String(log["message"]), new RegExp(value || name));
    }
  });

  it("never sends its key in the clear", async () => {
    const { code, log } = await run({ ELASTICSEARCH_URLS: "http://es.example:9200" });
    assert.equal(code, EXIT.settings);
    assert.match(String(log["message"]), /only https/);
  });
});

function planned(): Manifest[] {
  const values = {
    global: { clusterName: "test", restrictedNamespace: NAMESPACE },
    features: [{ name: "trivy", enabled: true }],
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
  };
  const { features } = plan(parseConfig({ values, encrypted: [] }, [trivy]));
  return features[0]!.contribution.manifests.filter(({ kind }) => kind !== "NetworkPolicy");
}

function plannedEnvironment(manifests: readonly Manifest[]): Record<string, string> {
  const cronJob = manifests.find(({ kind }) => kind === "CronJob") as CronJob;
  const { env } = cronJob.spec!.jobTemplate.spec!.template.spec!.containers[0]!;
  return Object.fromEntries(env!.map(({ name, value }) => [name, value!]));
}
