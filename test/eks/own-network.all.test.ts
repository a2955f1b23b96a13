import assert from "node:assert/strict";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { EksStack } from "../rigs/eks/eks-stack";
import { inventory } from "../rigs/eks/inventory";
import { allObjects, connect, declared, until } from "../support/stack/objects";

const SYSTEM = "/apis/apps/v1/namespaces/security-system";
const TAINT = { key: "node.cilium.io/agent-not-ready", value: "true", effect: "NO_EXECUTE" };

const withCilium = (config: object) => ({
  features: [
    { name: "otel_pipeline" },
    { name: "osquery" },
    { name: "cilium", config: { protect: false, ...config } },
  ],
});

/** What each way of Cilium's leaves of the add-ons before the nodes. */
const WAYS: [string, object, string[]][] = [
  ["overlay, in place of kube-proxy too", { kubeProxyReplacement: true }, ["eks-pod-identity-agent"]],
  ["eni", { mode: "eni" }, ["eks-pod-identity-agent", "kube-proxy"]],
];

// The agents can't run here: what is shown is what is there when, not that packets flow.
describe("an EKS cluster whose network of pods the stack brings, on a stand-in of the EKS API", function () {
  this.timeout(1_200_000);
  let stack: EksStack;
  let api: KubeApi;

  before(async () => {
    stack = await EksStack.start({ name: "eks-network" });
    api = connect(stack.account.kubernetes.kubeconfigPath);
  });
  after(async () => {
    api?.close();
    await stack?.stop();
  });
  afterEach(() => {
    stack.account.standIn.before = () => {};
  });

  async function succeeds(operation: "up" | "destroy", args: readonly string[] = []) {
    const run = await stack.run(operation, args);
    assert.equal(run.code, 0, run.output);
    return run;
  }

  for (const [way, config, addons] of WAYS)
    it(`has Cilium (${way}) after the control plane and before the nodes, and goes without a trace`, async () => {
      const before = await inventory(stack.account);
      const since = stack.account.standIn.calls.length;
      let agents: Promise<unknown> | undefined;
      // What is in the cluster when the nodes are asked for.
      stack.account.standIn.before = (operation) => {
        if (operation !== "CreateNodegroup") return;
        agents = Promise.all([
          api.get(`${SYSTEM}/daemonsets/cilium`),
          api.get(`${SYSTEM}/deployments/cilium-operator`),
        ]).catch((error: Error) => error);
      };
      stack.configure(withCilium(config));
      const { changes } = await succeeds("up");
      const order = changes.filter((name) => /^Create(Cluster|Addon|Nodegroup)$/.test(name));
      assert.deepEqual(order, [
        "CreateCluster",
        ...addons.map(() => "CreateAddon"),
        "CreateNodegroup",
        ...["CreateAddon", "CreateAddon"],
      ]);
      const created = stack.account.standIn.calls
        .slice(since)
        .filter(({ operation, status }) => operation === "CreateAddon" && status === 200)
        .map(({ input }) => String(input["addonName"]));
      assert.deepEqual(created.slice(0, addons.length).sort(), addons);
      assert.ok(agents);
      const found = await agents;
      assert.ok(!(found instanceof Error), String(found));
      const [cluster] = stack.account.standIn.account.clusters.values();
      assert.deepEqual(cluster?.nodeGroups.get("nodes")?.fields["taints"], [TAINT]);
      await isReady();
      assert.deepEqual((await succeeds("up", ["--expect-no-changes"])).changes, []);
      if ("mode" in config) assert.deepEqual(await operatorsRights(), ["cilium-operator"]);
      else await knowsTheApiServer();
      await succeeds("destroy");
      assert.deepEqual(await inventory(stack.account), before);
      const left = async () => [...declared(await allObjects(api)).keys()];
      assert.deepEqual(await until("nothing of the stack", left, (ids) => ids.length === 0), []);
      assert.deepEqual(stack.account.standIn.failures, []);
      assert.deepEqual(stack.account.refused, []);
    });

  async function isReady() {
    const { conditions } = (await stack.outputs()) as { conditions: { type: string; status: string }[] };
    const types = conditions.map(({ type }) => type);
    for (const type of ["CiliumReady", "OSQueryReady", "PipelineReady"])
      assert.ok(types.includes(type), type);
    for (const { type, status } of conditions) assert.equal(status, "True", type);
  }

  async function operatorsRights(): Promise<string[]> {
    const [cluster] = stack.account.standIn.account.clusters.values();
    const accounts = [...(cluster?.podIdentities.values() ?? [])].map(({ fields }) =>
      String(fields["serviceAccount"]),
    );
    return accounts.filter((name) => name === "cilium-operator");
  }

  /** By the ConfigMap that its pods are started with. */
  async function knowsTheApiServer() {
    const path = "/api/v1/namespaces/security-system/configmaps/cilium-api-server";
    const { data } = await api.get<{ data: Record<string, string> }>(path);
    assert.equal(data["host"], new URL(stack.account.kubernetes.server).hostname);
    const { spec } = await api.get<{ spec: { template: { spec: { containers: Container[] } } } }>(
      `${SYSTEM}/daemonsets/cilium`,
    );
    const host = spec.template.spec.containers[0]?.env?.find(
      ({ name }) => name === "KUBERNETES_SERVICE_HOST",
    );
    assert.deepEqual(host?.valueFrom?.configMapKeyRef, { name: "cilium-api-server", key: "host" });
  }
});

interface Container {
  env?: { name: string; valueFrom?: { configMapKeyRef?: object } }[];
}
