import assert from "node:assert/strict";
import { startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import type { ElasticsearchClient } from "../../tools/dev/elasticsearch/client";
import { kubectlAccess } from "../../tools/dev/kubectl";
import { allNodePaths } from "../../tools/dev/node/layout";
import { startRealNode } from "../../tools/dev/node/real-node";
import { withClient } from "../../tools/dev/node/store-keys";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { Deployment } from "../support/stack/deployment";
import { flowStep } from "../support/stack/flow-step";
import { hostTraces, nodeProcesses } from "../support/stack/host-traces";
import { LineFlow } from "../support/stack/line-flow";
import { areReady, type NodePod } from "../support/stack/node-pods";
import { until } from "../support/stack/objects";
import { run } from "../support/stack/run";
import { timed } from "../support/stack/timed";

const NAME = "test-node-moves";
const NAMESPACE = "security-pipeline";
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const QUEUE = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/queue-gateway-0`;
const LINES_PER_SECOND = 20;

interface Claim {
  metadata: { uid: string };
  spec: { volumeName: string };
}

// Two kubelets, each with a container runtime, a network and pods of its own; volumes are where their pods are, as a cloud's are.
describe("a gateway that moves to another real node", function () {
  this.timeout(900_000);
  const nodes = allNodePaths(clusterPaths(NAME));
  const traces = () => hostTraces(...nodes);
  const untouched = traces();
  let failed: string | undefined;
  let flows: LineFlow[] = [];
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: NAME, asConfigured: true, realNode: true });
    const another = await startRealNode(deployment.cluster, { name: "real-2" });
    flows = [deployment.node!, another].map(
      ({ logFolder }, node) => new LineFlow(logFolder, node * 1_000_000),
    );
    deployment.configure({
      output: { elasticsearch: { managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } } } },
      toggle: { tetragon: false, osquery: false, trivy: false },
      features: [
        { name: "otel_pipeline", config: { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" } },
        { name: "falco", config: { priority: "Notice" } },
      ],
    });
  });
  beforeEach(() => assert.equal(failed, undefined, "is not run: a test before it failed"));
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = this.currentTest.title;
  });
  after(async () => {
    for (const flow of flows) flow.stop();
    await deployment?.stop();
  });

  it("gets the lines of both", async () => {
    await timed("first up", () => deployment.run("up"));
    const collectors = (await podsOf("node-collector", "security-system")).map(({ spec }) => spec.nodeName);
    assert.deepEqual(collectors.filter((node) => node.startsWith("real")).sort(), ["real-1", "real-2"]);
    for (const flow of flows) flow.start(LINES_PER_SECOND);
    await inStore((client) => allArrived(client));
  });

  it("is evicted from a node that takes no more pods, and goes on with its queue on the other", async () => {
    const before = (await gateway())!;
    const queue = await deployment.api.get<Claim>(QUEUE);
    const twice = await flowStep(
      "gateway moved",
      () => flows,
      inStore,
      async () => {
        await kubectl("cordon", before.spec.nodeName);
        await deployment.api.create(`${PODS}/gateway-0/eviction`, {
          ...{ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "gateway-0" } },
        });
        await until("the gateway on the other node", gateway, isElsewhere(before), 180_000);
      },
    );
    assert.equal(twice, 0);
    const { metadata, spec } = await deployment.api.get<Claim>(QUEUE);
    assert.deepEqual([metadata.uid, spec.volumeName], [queue.metadata.uid, queue.spec.volumeName]);
    console.log(`      from ${before.spec.nodeName} to ${(await gateway())?.spec.nodeName}`);
    await kubectl("uncordon", before.spec.nodeName);
  });

  it("goes on while its node is drained, and the node of Elasticsearch after it", async () => {
    for (const name of ["gateway-0", "security-es-all-0"]) {
      const { nodeName } = (await deployment.api.get<NodePod>(`${PODS}/${name}`)).spec;
      const twice = await flowStep(
        `${nodeName} drained`,
        () => flows,
        inStore,
        async () => {
          await kubectl("drain", nodeName, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=400s");
          const moved = (pods: NodePod[]) =>
            pods.length > 2 && areReady(pods) && pods.every(({ spec }) => spec.nodeName !== nodeName);
          await until("every pod elsewhere", () => podsOf("", NAMESPACE), moved, 400_000);
        },
      );
      console.log(`      ${twice} documents twice`);
      await kubectl("uncordon", nodeName);
    }
  });

  it("previews no change afterwards", () => deployment.run("preview", ["--expect-no-changes"]));

  it("leaves nothing of either node behind, also where a run was killed", async () => {
    for (const flow of flows) flow.stop();
    assert.notDeepEqual(traces().cgroups, untouched.cgroups);
    // A run that was killed stopped nothing: the next begins with an empty cluster of that name.
    const next = await startCluster({ name: NAME, ephemeral: true });
    for (const { folder } of nodes) assert.deepEqual(nodeProcesses(folder), []);
    assert.deepEqual(traces(), untouched);
    await startRealNode(next);
    await startRealNode(next, { name: "real-2" });
    await next.stop();
    assert.deepEqual(nodeProcesses(next.folder), []);
    assert.deepEqual(traces(), untouched);
  });

  const isElsewhere = (before: NodePod) => (pod: NodePod | undefined) =>
    pod !== undefined && pod.spec.nodeName !== before.spec.nodeName && areReady([pod]);

  async function gateway(): Promise<NodePod | undefined> {
    return (await podsOf("gateway", NAMESPACE))[0];
  }

  /** Those whose names begin so. */
  async function podsOf(name: string, namespace: string): Promise<NodePod[]> {
    const { items } = await deployment.api.get<{ items: NodePod[] }>(`/api/v1/namespaces/${namespace}/pods`);
    return items.filter(({ metadata }) => metadata.name.startsWith(name));
  }

  async function kubectl(...args: string[]): Promise<void> {
    const program = (await ensureTools(["kubectl"])).kubectl;
    const { code, stderr } = await run(program, [
      ...kubectlAccess(deployment.cluster.kubeconfigPath),
      ...args,
    ]);
    assert.equal(code, 0, stderr);
  }

  async function allArrived(client: ElasticsearchClient): Promise<void> {
    for (const flow of flows) await flow.allArrived(client);
  }

  function inStore<T>(use: (client: ElasticsearchClient) => Promise<T>): Promise<T> {
    return withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, use);
  }
});
