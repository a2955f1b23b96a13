import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { processesOf, signalProcesses } from "../../tools/dev/cluster/processes";
import type { ElasticsearchClient } from "../../tools/dev/elasticsearch/client";
import { endRealNode } from "../../tools/dev/node/end";
import { nodePaths } from "../../tools/dev/node/layout";
import { startRealNode } from "../../tools/dev/node/real-node";
import { withClient } from "../../tools/dev/node/store-keys";
import { NodeScenarios } from "../support/scenarios/node-scenarios";
import { Deployment } from "../support/stack/deployment";
import { flowStep } from "../support/stack/flow-step";
import { LineFlow } from "../support/stack/line-flow";
import {
  areReady,
  assertHasLabels,
  type NodePod,
  podsOnNode,
  restartsOf,
  runAgain,
} from "../support/stack/node-pods";
import { allObjects, idOf, secretValue, until } from "../support/stack/objects";
import { timed } from "../support/stack/timed";

const NAMESPACE = "security-pipeline";
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const DATA = "elasticsearch-data-security-es-all-0";
const ELASTICSEARCH_KEY = { name: "elasticsearch-api-key", key: "api_key" };
const TOGGLE = { tetragon: false, osquery: false, trivy: false };
const MANAGED = { preset: "poc", kibana: false, storage: { size: "10Gi" } };
const PIPELINE = {
  name: "otel_pipeline",
  enabled: true,
  config: { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" },
};
/** The API server writes into the node's log folder, as one on a node of the cluster does. */
const AUDIT = { name: "k8s_audit", enabled: true, config: { source: "file" } };
const AUDIT_POLICY = join(__dirname, "../../components/k8s-audit/policy/audit-policy.yaml");
const NAME = "test-node-stack";
const FALCO = { name: "falco", enabled: true, config: { priority: "Notice" } };
const LINES_PER_SECOND = 20;

const SAMPLES = join(__dirname, "..", "..", "components", "falco", "samples");

// The product's own update in one go, with nothing after the API server simulated but the sensors, whose programs no registry of
// packages has: ECK's operator makes Elasticsearch in a pod, and a line on the node's disk becomes a document in it.
describe("the stack on a real node", function () {
  this.timeout(900_000);
  let failed: string | undefined;
  let flow: LineFlow;
  let deployment: Deployment;
  const said: string[] = [];

  before(async () => {
    const auditLog = join(nodePaths(clusterPaths(NAME)).log, "security", "k8s_audit", "audit.log");
    deployment = await Deployment.start({
      name: NAME,
      asConfigured: true,
      realNode: true,
      say: (line) => said.push(line),
      apiServer: [`--audit-policy-file=${AUDIT_POLICY}`, `--audit-log-path=${auditLog}`],
    });
    deployment.configure({
      output: { elasticsearch: { managed: MANAGED } },
      toggle: TOGGLE,
      features: [PIPELINE, FALCO, AUDIT],
    });
  });
  // Each goes on from the one before. Not mocha's `bail`, which is silent when a test of another file failed.
  beforeEach(() => assert.equal(failed, undefined, "is not run: a test before it failed"));
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = this.currentTest.title;
  });
  after(() => {
    flow?.stop();
    return deployment?.stop();
  });

  it("comes up in one update, Elasticsearch green and every condition true", async () => {
    await timed("first up", () => deployment.run("up"));
    const { conditions } = (await deployment.outputs()) as {
      conditions: { type: string; status: string }[];
    };
    for (const condition of conditions) assert.equal(condition.status, "True", JSON.stringify(condition));
    const path = `/apis/elasticsearch.k8s.elastic.co/v1/namespaces/${NAMESPACE}/elasticsearches/security`;
    const { status } = await deployment.api.get<{ status: { phase: string; health: string } }>(path);
    assert.deepEqual([status.phase, status.health], ["Ready", "green"]);
  });

  it("says what stands in for an image and what is only simulated", () => {
    assert.ok(
      said.some((line) => /stand-in: .*elasticsearch:.* is /.test(line)),
      said.join("\n"),
    );
    assert.ok(
      said.some((line) => line.includes("simulated: falco")),
      said.join("\n"),
    );
  });

  it("brings lines of the node's log folder into Elasticsearch", async () => {
    const [file] = readdirSync(SAMPLES).filter((name) => name.endsWith(".jsonl"));
    const lines = readFileSync(join(SAMPLES, file!), "utf8").trimEnd().split("\n");
    const folder = join(deployment.node!.logFolder, "security", "falco");
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, "events.log"), `${lines.join("\n")}\n`);
    await inStore(async (client) => {
      const count = () => client.count("security-events");
      assert.equal(
        await until("the documents", count, (found) => found >= lines.length, 120_000),
        lines.length,
      );
      for (const { _source } of await client.search("security-events")) assertHasLabels(_source);
    });
  });

  it("previews no change afterwards", async () => {
    await timed("second preview", () => deployment.run("preview", ["--expect-no-changes"]));
  });

  it("has no container that was started twice", async () => {
    const real = await podsOnNode(deployment);
    assert.ok(real.length >= 4, `${real.length} pods`);
    for (const { metadata, status } of real)
      for (const container of status.containerStatuses ?? [])
        assert.equal(restartsOf(container), 0, metadata.name);
  });

  it("is attacked by the scenarios: what the API server saw is found, what stand-ins would have seen is not run", () =>
    inScenarios(async (scenarios) => console.log(`      ${await scenarios.findWhatIsReal()}`)));

  it("runs the scenarios' commands with a terminal and without, and the next run removes what a killed one left", () =>
    inScenarios((scenarios) => scenarios.killedRunIsCleaned()));

  // From here on lines are written all the time, and after each step all of them have to be there.

  it("updates and refreshes without a change", () =>
    step("second up and refresh", async () => {
      flow = new LineFlow(deployment.node!.logFolder);
      flow.start(LINES_PER_SECOND);
      await deployment.run("up", ["--expect-no-changes"]);
      await deployment.run("refresh", ["--expect-no-changes"]);
    }));

  it("gives Elasticsearch another size", () =>
    step("memory changed", async () => {
      deployment.configure({ override: { elasticsearch: { resources: { limits: { memory: "3Gi" } } } } });
      await deployment.run("up");
      const pod = await deployment.api.get<NodePod>(`${PODS}/security-es-all-0`);
      const [container] = pod.spec.containers.filter(({ name }) => name === "elasticsearch");
      assert.equal(container!.resources.limits?.memory, "3Gi");
    }));

  it("goes on with another API key", () =>
    step("key replaced", async () => {
      const { name, key } = ELASTICSEARCH_KEY;
      const secret = () => secretValue(deployment.api, NAMESPACE, name, key);
      const before = await secret();
      const [id] = Buffer.from(before!, "base64").toString().split(":");
      await inStore((client) => client.must("DELETE", "/_security/api_key", { ids: [id] }));
      await deployment.run("up");
      assert.notEqual(await secret(), before);
    }));

  it("renews the collectors' certificates", () =>
    step("certificates", async () => {
      const config = { ...PIPELINE.config, certificates: { generation: 2 } };
      deployment.configure({ features: [{ ...PIPELINE, config }, FALCO, AUDIT] });
      await deployment.run("up");
    }));

  it("goes on after the gateway's pod was deleted", () =>
    step("gateway deleted", async () => {
      const gateway = async () => {
        const { items } = await deployment.api.get<{ items: NodePod[] }>(PODS);
        return items.find(({ metadata }) => metadata.name.startsWith("gateway"));
      };
      const before = await gateway();
      await deployment.api.delete(`${PODS}/${before!.metadata.name}`);
      const isNew = (pod: NodePod | undefined) =>
        pod !== undefined && pod.metadata.uid !== before!.metadata.uid && areReady([pod]);
      await until("another gateway", gateway, isNew, 120_000);
    }));

  it("goes on after the kubelet and containerd were killed and the node started again", () =>
    step("node restarted", async () => {
      const paths = clusterPaths(NAME);
      const down = new Date();
      signalProcesses(processesOf(nodePaths(paths).folder, ["kubelet", "containerd"]), "SIGKILL");
      await endRealNode(paths);
      assert.equal((await startRealNode(deployment.cluster)).reused, false);
      const again = (pods: NodePod[]) => runAgain(pods, down);
      await until("every pod on the node again", () => podsOnNode(deployment), again, 300_000);
    }));

  it("finds its documents again after Elasticsearch was switched off and on", () =>
    step("elastic off and on", async () => {
      // What the gateway has taken in goes with it; what is written from now on waits in the sensors' files.
      await inStore((client) => flow.allArrived(client));
      deployment.configure({ toggle: { ...TOGGLE, elastic: false, otel_pipeline: false, k8s_audit: false } });
      await deployment.run("up");
      assert.deepEqual(await claims(), [DATA]);
      deployment.configure({ toggle: TOGGLE });
      await deployment.run("up");
    }));

  it("finds its documents again after all was destroyed but the data", async () => {
    flow.stop();
    await step("destroy, data kept", async () => {
      await inStore((client) => flow.allArrived(client));
      await deployment.run("destroy");
      assert.deepEqual(await claims(), [DATA]);
      await deployment.run("up");
    });
  });

  it("leaves nothing behind where no data is to be kept", async () => {
    deployment.configure({ output: { elasticsearch: { managed: { ...MANAGED, keepData: false } } } });
    await deployment.run("up");
    await timed("destroy, nothing kept", () => deployment.run("destroy"));
    assert.deepEqual(await claims(), []);
    const left = (await allObjects(deployment.api)).filter(
      ({ metadata }) => metadata.labels?.["app.kubernetes.io/part-of"] === "security-stack",
    );
    assert.deepEqual(left.map(idOf), []);
  });

  /** Does what it is given while lines are written, and waits for all of them. */
  async function step(name: string, work: () => Promise<void>): Promise<void> {
    await flowStep(name, () => [flow], inStore, work);
  }

  function inScenarios(use: (scenarios: NodeScenarios) => Promise<void>): Promise<void> {
    return inStore(async (client) => {
      const scenarios = await NodeScenarios.start(deployment, client);
      await use(scenarios).finally(() => scenarios.stop());
    });
  }

  function inStore<T>(use: (client: ElasticsearchClient) => Promise<T>): Promise<T> {
    return withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, use);
  }

  /** Elasticsearch's only: the gateway's queue goes with the gateway. */
  async function claims(): Promise<string[]> {
    const path = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;
    const { items } = await deployment.api.get<{ items: { metadata: { name: string } }[] }>(path);
    return items.map(({ metadata }) => metadata.name).filter((name) => name.includes("elasticsearch"));
  }
});
