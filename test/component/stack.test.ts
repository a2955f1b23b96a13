import assert from "node:assert/strict";
import { planWithExtras } from "../../components/core/plan/plan";
import { SecurityStack, stackOutputs } from "../../components/stack/security-stack";
import { type CollectedResource, collect, value } from "../support/stack/collect";
import { MINIMAL, settingsOf } from "../support/stack/config";
import { toyFeature } from "../support/toy/toy-feature";

const READY = { numberReady: 2, desiredNumberScheduled: 2 };

async function deploy(config: string, status: Record<string, unknown> | undefined = READY) {
  const registry = [toyFeature()];
  const planned = planWithExtras(settingsOf(MINIMAL + config, registry));
  const ofDaemonSets = ({ type }: CollectedResource) =>
    type.endsWith(":DaemonSet") && status ? { status } : {};
  const { resources, result } = await collect(
    () => new SecurityStack("security-stack", { ...planned, secrets: {} }),
    ofDaemonSets,
  );
  return { resources, stack: result, outputs: stackOutputs(result, planned.plan) };
}

describe("SecurityStack", () => {
  it("makes every object of the plan once, and nothing else", async () => {
    const { resources } = await deploy("features: [{name: toy}]");
    assert.deepEqual(
      resources.map((r) => `${r.type} ${r.name}`).sort(),
      [
        "security-stack:index:SecurityStack security-stack",
        "pulumi:providers:kubernetes kubernetes",
        "security-stack:platform:Platform platform",
        "kubernetes:core/v1:Namespace namespace/security-system",
        "security-stack:toy:Feature toy",
        "kubernetes:core/v1:ServiceAccount serviceaccount/security-system/toy",
        "kubernetes:core/v1:ConfigMap configmap/security-system/toy",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole clusterrole/toy",
        "kubernetes:scheduling.k8s.io/v1:PriorityClass priorityclass/security-node-agent",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy networkpolicy/security-system/default-deny",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy networkpolicy/security-system/allow-dns",
        "kubernetes:apps/v1:DaemonSet daemonset/security-system/toy",
      ].sort(),
    );
  });

  it("makes a namespace before what is in it, and RBAC and config before the workload", async () => {
    const { resources } = await deploy("features: [{name: toy}]");
    const position = (name: string) => resources.findIndex((r) => r.name === name);
    assert.ok(position("namespace/security-system") < position("configmap/security-system/toy"));
    assert.ok(position("configmap/security-system/toy") < position("daemonset/security-system/toy"));
    assert.ok(position("clusterrole/toy") < position("daemonset/security-system/toy"));
  });

  it("reports a feature ready as ready of desired pods", async () => {
    const { outputs } = await deploy("features: [{name: toy}]");
    assert.equal(await value(outputs["toyReady"] as never), "2/2");
    assert.deepEqual(await value(outputs["conditions"] as never), [
      { type: "ToyReady", status: "True", reason: "PodsReady", message: "2/2 pods ready" },
    ]);
  });

  it("reports pods that are missing, and a status that is not there yet as Unknown", async () => {
    const some = await deploy("features: [{name: toy}]", { numberReady: 1, desiredNumberScheduled: 2 });
    const [partly] = (await value(some.outputs["conditions"] as never)) as {
      status: string;
      message: string;
    }[];
    assert.deepEqual([partly?.status, partly?.message], ["False", "1/2 pods ready"]);
    const none = await deploy("features: [{name: toy}]", {});
    const [unknown] = (await value(none.outputs["conditions"] as never)) as {
      status: string;
      message: string;
    }[];
    assert.equal(unknown?.status, "Unknown");
    assert.match(unknown?.message ?? "", /DaemonSet security-system\/toy/);
  });

  it("makes nothing of a feature that is off", async () => {
    const { resources, outputs } = await deploy("features: [{name: toy}]\ntoggle: {toy: false}");
    assert.equal(
      resources.some((r) => r.name.includes("toy")),
      false,
    );
    assert.equal(outputs["toyReady"], undefined);
  });
});
