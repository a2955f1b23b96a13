import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Job } from "kubernetes-types/batch/v1";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import type { Manifest } from "../../components/kubernetes/manifest";
import { FEATURES } from "../../components/registry";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { ESCAPE_NAMESPACE, NAMESPACE } from "../../scenarios/model/names";
import { ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../rigs/test-server";
import { ExecProxy } from "../support/scenarios/scenario-cluster";
import { goodStore } from "../support/scenarios/scenario-store";
import { connect } from "../support/stack/objects";

const OWN = "security-pipeline";
const NAMESPACES = "/api/v1/namespaces";
const SELECTED = ["validate-shell", "validate-cron-persistence"];
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/security-stack-scenarios";

// The program that the ConfigMap has, as a process with what its pod would have: the token of its ServiceAccount on the
// real API server, a key for the real Elasticsearch. Pods of simulated nodes run nothing, so that exec is answered by
// the tests' own server (see ExecProxy), and the documents that the sensors would send are put in by the test.
describe("the scenarios' Job", function () {
  this.timeout(300_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-job-"));
  const manifests = planned();
  let cluster: Cluster;
  let api: KubeApi;
  let proxy: ExecProxy;
  let elasticsearch: ElasticsearchServer;
  let env: Record<string, string>;

  before(async () => {
    cluster = await startCluster({ name: "scenario-job", ephemeral: true });
    api = connect(cluster.kubeconfigPath);
    proxy = await ExecProxy.start(cluster.kubeconfigPath, { ownCredentials: true });
    elasticsearch = await emptyElasticsearch();
    await api.create(NAMESPACES, {
      metadata: { name: OWN, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    for (const manifest of manifests) await api.create(collection(manifest), manifest);
    await sensorIsReady(api);
    env = await surroundings();
  });
  after(async () => {
    await proxy?.stop();
    api?.close();
    await cluster?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** The environment of the Job's container, its addresses and files being those of the test. */
  async function surroundings(): Promise<Record<string, string>> {
    const { spec } = manifests.find(({ kind }) => kind === "Job") as Job;
    const inPod = spec!.template.spec!.containers[0]!.env!.map(({ name, value }) => [name, value]);
    const configMap = manifests.find((manifest) => manifest.kind === "ConfigMap")!;
    for (const [file, text] of Object.entries(configMap.data!)) write(file, text);
    write("api_key", `${elasticsearch.readerKey}\n`);
    write("es.crt", elasticsearch.caCertificate);
    write("ca.crt", proxy.ca);
    write("token", await token("scenarios"));
    const { hostname, port } = new URL(proxy.url);
    return {
      ...Object.fromEntries(inPod),
      SCENARIOS_FILE: path.join(folder, "scenarios.json"),
      ELASTICSEARCH_URLS: elasticsearch.url,
      ELASTICSEARCH_API_KEY_FILE: path.join(folder, "api_key"),
      ELASTICSEARCH_CA_FILE: path.join(folder, "es.crt"),
      SERVICE_ACCOUNT_FOLDER: folder,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    };
  }

  function write(file: string, text: string): void {
    fs.writeFileSync(path.join(folder, file), text);
  }

  async function token(account: string): Promise<string> {
    const target = `${NAMESPACES}/${OWN}/serviceaccounts/${account}/token`;
    return (await api.create<{ status: { token: string } }>(target, { spec: {} })).status.token;
  }

  /** What the sensors would have sent of the scenarios that act in a pod. */
  async function documentsArrive(pod: string): Promise<void> {
    const attacks = SCENARIOS.filter(({ id, pods }) => SELECTED.includes(id) && pods.some((p) => p === pod));
    for (const document of goodStore(attacks, new Date(Date.now() - 60_000))) {
      document.set("orchestrator.cluster.name", "test");
      await elasticsearch.client.must("POST", `/${document.index}/_doc`, document.source);
    }
    await elasticsearch.client.must("POST", "/security-*/_refresh");
  }

  it("is taken by the API server, in a namespace of the level restricted, and starts its pod", async () => {
    await waitUntil("the Job's pod", async () => {
      const target = `/apis/batch/v1/namespaces/${OWN}/jobs/scenarios`;
      const { status } = await api.get<{ status: { succeeded?: number } }>(target);
      return status.succeeded === 1;
    });
  });

  it("attacks with the rights of its ServiceAccount, finds what was seen, tells it, and leaves nothing", async () => {
    const attacked = new Set<string>();
    proxy.answer = async ({ pod }) => {
      if (!attacked.has(pod)) await documentsArrive(pod);
      attacked.add(pod);
      return { stdout: "nobody" };
    };
    const { code, stdout, stderr } = await run(env);
    assert.equal(code, 0, stderr + stdout);
    assert.deepEqual(
      proxy.calls.map(({ pod, tty }) => `${pod} ${tty}`),
      ["ctem-testbox true", "ctem-testbox false", "escape-box false", "escape-box false"],
    );
    const report = JSON.parse(stdout.split("\n")[0]!);
    assert.deepEqual(
      report.scenarios.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`),
      SELECTED.map((id) => `${id} passed`),
    );
    assert.match(stdout, /2 of 2 scenarios passed/);
    const ofChains = report.checklist.filter(({ id }: { id: string }) => /VAL-07|MOB-01/.test(id));
    assert.deepEqual(
      ofChains.map(({ id, verdict }: { id: string; verdict: string }) => `${id} ${verdict}`),
      ["CTEM-VAL-07 pass", "CTEM-MOB-01 pass"],
    );
    assert.match(stdout, /\| validate-cron-persistence \| two-sensors \(severity 4, high\) \| \+0\.00 s/);
    await nothingIsLeft();
    await reportsAreMadeOf(stderr + stdout);
  });

  /** The log of a pod has both streams. */
  async function reportsAreMadeOf(log: string): Promise<void> {
    write("run.log", log);
    const bootstrap = path.join(__dirname, "..", "..", "tools", "bootstrap.js");
    const reports = path.join(folder, "reports");
    const options = ["--from-log", path.join(folder, "run.log"), "--report", reports];
    const { code, stdout, stderr } = await run(process.env, [bootstrap, "scenarios", ...options]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(fs.readFileSync(path.join(reports, "report.html"), "utf8"), /cluster test/);
  }

  it("is a failure when the documents are not there, and says which", async () => {
    proxy.answer = () => ({ stdout: "nobody" });
    const impatient = JSON.parse(fs.readFileSync(path.join(folder, "scenarios.json"), "utf8"));
    for (const { expectations, chains } of impatient)
      for (const one of [...expectations, ...chains]) one.withinSeconds = 2;
    write("impatient.json", JSON.stringify(impatient));
    // Another cluster's documents do not count.
    const elsewhere = { SCENARIOS_FILE: path.join(folder, "impatient.json"), CLUSTER_NAME: "other" };
    const { code, stdout } = await run({ ...env, ...elsewhere });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /0 of 2 scenarios passed/);
    await nothingIsLeft();
  });

  it("cleans up when its pod is removed", async () => {
    let hanging = () => {};
    const attacked = new Promise<void>((resolve) => {
      hanging = resolve;
    });
    proxy.answer = () => {
      hanging();
      return { hang: true };
    };
    const running = start(env);
    await attacked;
    running.child.kill("SIGTERM");
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    await nothingIsLeft();
  });

  it("says which rights are missing with those of another ServiceAccount", async () => {
    const folderOfOther = fs.mkdtempSync(path.join(folder, "other-"));
    fs.writeFileSync(path.join(folderOfOther, "ca.crt"), proxy.ca);
    fs.writeFileSync(path.join(folderOfOther, "token"), await token("default"));
    const { code, stderr } = await run({ ...env, SERVICE_ACCOUNT_FOLDER: folderOfOther });
    assert.equal(code, 2);
    assert.match(stderr, /leases.* is forbidden/);
  });

  describe("has no rights beyond its namespaces:", () => {
    let runner: KubeApi;
    const pod = (more: object = {}, securityContext: object = {}) => ({
      metadata: { name: "pod" },
      spec: {
        ...more,
        containers: [
          {
            name: "main",
            image: "registry.invalid/x:1",
            securityContext: { capabilities: { drop: ["ALL"] }, ...securityContext },
          },
        ],
      },
    });

    before(async () => {
      const { url, ca } = targetOfKubeconfig(cluster.kubeconfigPath);
      const headers = { authorization: `Bearer ${await token("scenarios")}` };
      runner = new KubeApi({ url, ca, headers });
      // As its own namespace of the level privileged, to show that the level is not what keeps it in bounds.
      await api.create(NAMESPACES, { metadata: { name: ESCAPE_NAMESPACE } });
      await api.create(`${NAMESPACES}/default/pods`, { ...pod(), metadata: { name: "somebody" } });
    });
    after(async () => {
      runner?.close();
      await api.delete(`${NAMESPACES}/${ESCAPE_NAMESPACE}`);
    });

    const refused = async (call: Promise<unknown>, why: RegExp) => {
      await assert.rejects(call, (error) => error instanceof ApiError && why.test(error.message));
    };
    const nowhereElse = new RegExp(`act in ${NAMESPACE} and ${ESCAPE_NAMESPACE} and nowhere else`);

    it("no pod, no exec and no account elsewhere", async () => {
      await refused(runner.create(`${NAMESPACES}/default/pods`, pod()), nowhereElse);
      const exec = `${NAMESPACES}/default/pods/somebody/exec?command=id&stdout=true`;
      await refused(runner.create(exec, undefined), nowhereElse);
      const accounts = `${NAMESPACES}/kube-system/serviceaccounts`;
      await refused(runner.create(accounts, { metadata: { name: "x" } }), nowhereElse);
      await refused(runner.delete(`${NAMESPACES}/default/pods/somebody`), nowhereElse);
    });

    it("no namespace of another name", async () => {
      await refused(runner.create(NAMESPACES, { metadata: { name: "other" } }), nowhereElse);
      await refused(runner.delete(`${NAMESPACES}/kube-public`), /forbidden/);
    });

    it("no Secret, not in its own namespaces either", async () => {
      await refused(runner.get(`${NAMESPACES}/${ESCAPE_NAMESPACE}/secrets`), /forbidden/);
    });

    it("no pod with something of the host", async () => {
      const pods = `${NAMESPACES}/${ESCAPE_NAMESPACE}/pods?dryRun=All`;
      const host = /nothing of the host/;
      for (const more of [
        { hostPID: true },
        { hostNetwork: true },
        { volumes: [{ name: "root", hostPath: { path: "/" } }] },
      ])
        await refused(runner.create(pods, pod(more)), host);
      await refused(runner.create(pods, pod({}, { privileged: true })), host);
      await refused(runner.create(pods, pod({}, { capabilities: { add: ["SYS_ADMIN"] } })), host);
      // Else the refusals above show nothing.
      await api.ensure(`${NAMESPACES}/${ESCAPE_NAMESPACE}/serviceaccounts`, {
        metadata: { name: "default" },
      });
      await runner.create(pods, pod());
    });
  });

  async function nothingIsLeft(): Promise<void> {
    for (const target of [`${NAMESPACES}/${NAMESPACE}`, `${NAMESPACES}/${ESCAPE_NAMESPACE}`, LEASE])
      await assert.rejects(api.get(target), { status: 404 }, target);
  }

  interface Ended {
    code: number | null;
    stdout: string;
    stderr: string;
  }

  function run(environment: NodeJS.ProcessEnv, args = [path.join(folder, "runner.js")]): Promise<Ended> {
    return start(environment, args).ended;
  }

  function start(
    environment: NodeJS.ProcessEnv,
    args = [path.join(folder, "runner.js")],
  ): { child: ChildProcess; ended: Promise<Ended> } {
    proxy.calls.length = 0;
    const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (data: string) => {
        text[stream] += data;
      });
    const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...text })));
    return { child, ended };
  }
});

function planned(): Manifest[] {
  const values = {
    global: { clusterName: "test" },
    features: ["otel_pipeline", "falco", "tetragon", "correlation"].map((name) => ({ name })),
    output: { elasticsearch: { endpoints: ["https://es.example:9200"], caSecretRef: { name: "es-ca" } } },
    tests: { enabled: true, scenarios: SELECTED },
  };
  const { features } = plan(parseConfig({ values, encrypted: [] }, FEATURES));
  return features.find(({ name }) => name === "scenarios")!.contribution.manifests;
}

function collection({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, "ies");
  return `${apiVersion.includes("/") ? "/apis" : "/api"}/${apiVersion}/${namespace ? `namespaces/${namespace}/` : ""}${plural}`;
}

/** A DaemonSet with the stack's label on the simulated nodes, which the runner takes for a sensor. */
async function sensorIsReady(api: KubeApi): Promise<void> {
  const labels = { app: "sensor", "app.kubernetes.io/part-of": "security-stack" };
  const sets = "/apis/apps/v1/namespaces/default/daemonsets";
  await api.create(sets, {
    metadata: { name: "sensor", labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "sensor", image: "registry.invalid/sensor:1" }] },
      },
    },
  });
  await waitUntil("a sensor", async () => {
    const { status } = await api.get<{ status: { numberReady: number } }>(`${sets}/sensor`);
    return status.numberReady > 0;
  });
}
