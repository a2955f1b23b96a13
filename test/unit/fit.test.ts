import assert from "node:assert/strict";
import type { Container } from "kubernetes-types/core/v1";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig } from "../../components/core/config/parse";
import { fitCluster, mainContainer, type SizedWorkload } from "../../components/core/plan/fit";
import { plan } from "../../components/core/plan/plan";
import { NODE_BUDGET, SIZING } from "../../components/core/tables/sizing";
import { parseQuantity } from "../../components/kubernetes/quantity";
import type { Resources } from "../../components/kubernetes/workloads";
import { FEATURES } from "../../components/registry";

describe("the fit of the dev stack, with all tools on", () => {
  const planned = plan(parseConfig(loadFromFile("Pulumi.dev.yaml"), FEATURES));
  const { sizing, features } = planned;

  it("counts every container that runs on each node, sidecars too", () => {
    assert.deepEqual(planned.disabled, [
      ...[
        "pod_admission",
        "gatekeeper",
        "notifications",
        "ocsf",
        "response",
        "cilium",
        "workload_namespaces",
        "istio",
        "scenarios",
        "k8s_audit",
        "correlation",
      ],
    ]);
    const sets = features.flatMap(({ contribution }) =>
      contribution.manifests.filter((manifest) => manifest.kind === "DaemonSet"),
    );
    const containers = sets.flatMap((set) => set.spec?.template.spec?.containers ?? []);
    assert.ok(containers.length > sets.length, "no sidecar among them");
    const ofCharts = features
      .flatMap(({ contribution }) => contribution.charts ?? [])
      .flatMap(({ values }) => (values["tetragon"] ? [values["tetragon"] as Container] : []));
    const all = [...containers, ...ofCharts].map(({ resources }) => resources as Resources);
    for (const part of ["requests", "limits"] as const)
      for (const resource of ["cpu", "memory"] as const) {
        const total = all.reduce((sum, each) => sum + parseQuantity(each[part][resource])!, 0);
        assert.ok(
          Math.abs(total - parseQuantity(sizing.perNode[part][resource])!) < 1e-6,
          `${part}.${resource}: containers ${total}, fit ${sizing.perNode[part][resource]}`,
        );
      }
  });

  it("fills the budget of a node and does not pass it", () => {
    assert.deepEqual(sizing.perNode, NODE_BUDGET);
    assert.deepEqual(sizing.warnings, []);
  });

  it("counts as many scans as run at once", () => {
    const scans = sizing.workloads.find(({ name }) => name === "trivyScans");
    assert.deepEqual([scans?.kind, scans?.replicas, scans?.requests.memory], ["Job", 3, "256Mi"]);
    const without = fitCluster(sizing.workloads.filter((w) => w !== scans)).cluster.requests.cpu;
    const difference = parseQuantity(sizing.cluster.requests.cpu)! - parseQuantity(without)!;
    assert.ok(Math.abs(difference - 0.3) < 1e-6);
  });
});

describe("the main container of a pod", () => {
  it("gets what its sidecars leave of the pod's row", () => {
    const { requests, limits } = SIZING["falco"]!;
    assert.deepEqual([requests.cpu, limits.memory], ["100m", "1Gi"]);
    assert.deepEqual(mainContainer("falco"), {
      requests: { cpu: "99m", memory: "504Mi" },
      limits: { cpu: "450m", memory: "992Mi" },
    });
  });

  it("has the whole row of a pod without one, and none without a row", () => {
    const { requests, limits } = SIZING["osquery"]!;
    assert.deepEqual(mainContainer("osquery"), { requests, limits });
    assert.equal(mainContainer("nope"), undefined);
  });

  it("is what an override changes, and the sum follows", () => {
    const raised: SizedWorkload = {
      name: "falco",
      kind: "DaemonSet",
      replicas: 1,
      requests: { cpu: "351m", memory: "1Gi" },
      limits: { cpu: "1", memory: "1Gi" },
    };
    assert.match(fitCluster([raised]).warnings.join(), /cpu requests per node are 351m .* budget of 350m/);
  });
});
