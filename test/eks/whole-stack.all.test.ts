import assert from "node:assert/strict";
import { tellLeftVolumes } from "../../tools/cli/left-volumes";
import { clusterPlanOf } from "../../tools/cli/own-cluster";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { EksStack } from "../rigs/eks/eks-stack";
import { inventory } from "../rigs/eks/inventory";
import { unownedIds } from "../support/stack/combinations";
import {
  allObjects,
  belongsTo,
  connect,
  declared,
  idOf,
  type LiveObject,
  until,
} from "../support/stack/objects";

/** That of Pulumi.eks.yaml, whose Elasticsearch only ECK's operator could run. */
const FEATURES = [
  { name: "otel_pipeline", config: { gatewayReplicas: 2 } },
  { name: "falco", config: { priority: "Notice" } },
  { name: "tetragon" },
  { name: "osquery", config: { packs: ["scope-minimal"] } },
  { name: "trivy" },
  { name: "k8s_audit", config: { source: "eks" } },
];

/** What controllers make in every namespace. */
const COMES_WITH_A_NAMESPACE = /^(ServiceAccount \S+\/default|ConfigMap \S+\/kube-root-ca\.crt)$/;

// The cluster's part by the stand-in, the stack's part on the real control plane behind it, its pods on simulated nodes.
describe("the whole stack on an EKS cluster of its own, in one program", function () {
  this.timeout(900_000);
  this.bail(true);
  let stack: EksStack;
  let api: KubeApi;
  let emptyAccount: string[];
  let emptyCluster: Set<string>;

  before(async () => {
    stack = await EksStack.start({ name: "eks-whole" });
    api = connect(stack.account.kubernetes.kubeconfigPath);
    emptyAccount = await inventory(stack.account);
    emptyCluster = unownedIds(await allObjects(api));
    stack.configure({ features: FEATURES });
  });
  after(async () => {
    api?.close();
    await stack?.stop();
  });

  async function succeeds(operation: "up" | "destroy", args: readonly string[] = []) {
    const run = await stack.run(operation, args);
    assert.equal(run.code, 0, run.output);
    return run;
  }

  async function leftVolumes(): Promise<string[]> {
    const cluster = clusterPlanOf(stack.configFile);
    assert.ok(cluster);
    return tellLeftVolumes(cluster, stack.environment);
  }

  async function conditions(): Promise<Record<string, string>> {
    const { conditions } = (await stack.outputs()) as { conditions: { type: string; status: string }[] };
    return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
  }

  it("is made by the first update, with every condition true", async () => {
    await succeeds("up");
    const found = await conditions();
    for (const name of ["Falco", "OSQuery", "Pipeline", "Tetragon", "Trivy"])
      assert.equal(found[`${name}Ready`], "True", JSON.stringify(found));
    assert.ok(
      Object.values(found).every((status) => status === "True"),
      JSON.stringify(found),
    );
    assert.ok(declared(await allObjects(api)).size > 80);
  });

  it("has rights in AWS for the pod that reads the audit log", async () => {
    const [cluster] = stack.account.standIn.account.clusters.values();
    const readers = [...(cluster?.podIdentities.values() ?? [])].filter(
      ({ fields }) => fields["serviceAccount"] === "audit-reader",
    );
    assert.equal(readers.length, 1);
    assert.deepEqual(readers[0]?.fields["tags"], { "security-stack/cluster": "eks-whole" });
  });

  it("has volumes in AWS for the queues, with the tag of all that is the cluster's", async () => {
    const volumes = (await inventory(stack.account)).filter((id) => id.startsWith("ec2 vol-"));
    assert.equal(volumes.length, 3);
    const [told = ""] = await leftVolumes();
    for (const id of volumes) assert.ok(told.includes(id.replace("ec2 ", "")), `${id} is not in ${told}`);
  });

  it("does not change at the next update", async () => {
    const { changes } = await succeeds("up", ["--expect-no-changes"]);
    assert.deepEqual(changes, []);
  });

  it("leaves nothing of a sensor that is switched off, in the cluster and in AWS", async () => {
    stack.configure({ features: FEATURES, toggle: { falco: false, k8s_audit: false } });
    await succeeds("up");
    const isOff = (object: LiveObject) =>
      belongsTo("falco")(object) || object.metadata.name.startsWith("audit-reader");
    await until(
      "nothing of Falco and of the audit log's reader",
      async () => (await allObjects(api)).filter(isOff).map(idOf),
      (left) => left.length === 0,
    );
    const left = (await inventory(stack.account)).filter((id) => id.includes("audit-reader"));
    assert.deepEqual(left, []);
    const found = await conditions();
    assert.equal(found["FalcoReady"], undefined);
    assert.ok(
      Object.values(found).every((status) => status === "True"),
      JSON.stringify(found),
    );
  });

  it("is destroyed in one go: the cluster's objects, then nodes, cluster and network", async () => {
    const { changes } = await succeeds("destroy");
    assert.deepEqual(changes.slice(-1), ["DeleteCluster"]);
    // Those of the queues went before the add-on that deletes them.
    assert.deepEqual(await inventory(stack.account), emptyAccount);
    assert.deepEqual(await leftVolumes(), []);
    const left = async () =>
      [...unownedIds(await allObjects(api))].filter(
        (id) => !emptyCluster.has(id) && !COMES_WITH_A_NAMESPACE.test(id),
      );
    assert.deepEqual(await until("an empty cluster", left, (ids) => ids.length === 0), []);
    assert.deepEqual(stack.account.refused, []);
    assert.deepEqual(stack.account.standIn.failures, []);
  });
});
