import assert from "node:assert/strict";
import { fitCluster } from "../../components/core/plan/fit";
import { plan } from "../../components/core/plan/plan";
import { NODE_BUDGET, SIZING } from "../../components/core/tables/sizing";
import { FEATURES } from "../../components/registry";
import { MINIMAL, settingsOf } from "../support/stack/config";
import { toyFeature } from "../support/toy/toy-feature";

const TOY_ON = `${MINIMAL}features: [{name: toy}]\n`;

function planOf(text: string, registry = [toyFeature()]) {
  return plan(settingsOf(text, registry));
}

function daemonSet(planned: ReturnType<typeof plan>) {
  const found = planned.features[0]?.contribution.manifests.find((m) => m.kind === "DaemonSet");
  assert.ok(found?.kind === "DaemonSet");
  return found;
}

describe("plan", () => {
  it("is plain data: JSON and back loses nothing", () => {
    const planned = planOf(TOY_ON);
    assert.deepEqual(JSON.parse(JSON.stringify(planned)), dropUndefined(planned));
  });

  it("gives the same bytes for the same settings, whatever the order of the features", () => {
    const listed = FEATURES.filter((feature) => feature.schema);
    const names = listed.map((feature) => `{name: ${feature.name}}`);
    const one = JSON.stringify(planOf(`${MINIMAL}features: [${names.join(", ")}]`, [...FEATURES]));
    const two = JSON.stringify(
      planOf(`${MINIMAL}features: [${[...names].reverse().join(", ")}]`, [...FEATURES].reverse()),
    );
    assert.equal(one, two);
  });

  it("plans nothing of a feature that is off", () => {
    const planned = planOf(`${MINIMAL}features: [{name: toy}]\ntoggle: {toy: false}`);
    assert.deepEqual(planned.features, []);
    assert.deepEqual(planned.disabled, ["toy"]);
    assert.equal(JSON.stringify(planned.platform).includes("toy"), false);
    assert.deepEqual(planned.images, {});
  });

  it("plans in reverse order of creation, so that one feature can gather what the others contribute", () => {
    const seen: string[][] = [];
    const gatherer = toyFeature("gatherer", {
      priority: 10,
      plan: (_config, context) => {
        seen.push(context.contributions.map((c) => c.name));
        return { manifests: [], conditions: [] };
      },
    });
    const planned = planOf(`${MINIMAL}toggle: {gatherer: true, toy: true, late: true}`, [
      toyFeature("late", { priority: 200 }),
      gatherer,
      toyFeature(),
    ]);
    assert.deepEqual(seen, [["toy", "late"]]);
    assert.deepEqual(
      planned.features.map((f) => f.name),
      ["gatherer", "toy", "late"],
    );
  });

  it("labels every object and every pod template with the feature", () => {
    const planned = planOf(TOY_ON);
    for (const manifest of planned.features[0]?.contribution.manifests ?? []) {
      assert.equal(manifest.metadata.labels?.["app.kubernetes.io/component"], "toy");
      assert.equal(manifest.metadata.labels?.["app.kubernetes.io/part-of"], "security-stack");
    }
    assert.equal(daemonSet(planned).spec?.template.metadata?.labels?.["app.kubernetes.io/component"], "toy");
  });

  it("gives each namespace in use its Pod Security level and a policy that denies by default", () => {
    const { platform } = planOf(TOY_ON);
    const namespaces = platform.filter((m) => m.kind === "Namespace");
    assert.deepEqual(
      namespaces.map((m) => [m.metadata.name, m.metadata.labels?.["pod-security.kubernetes.io/enforce"]]),
      [["security-system", "privileged"]],
    );
    const denied = platform.filter((m) => m.kind === "NetworkPolicy" && m.metadata.name === "default-deny");
    assert.deepEqual(
      denied.map((m) => m.metadata.namespace),
      ["security-system"],
    );
  });
});

describe("override", () => {
  function settings(override: string) {
    const pod = daemonSet(planOf(`${TOY_ON}override: ${override}`)).spec?.template.spec;
    assert.ok(pod?.containers[0]);
    return { pod, container: pod.containers[0] };
  }

  it("of a tool wins over nodeAgent, which wins over the feature", () => {
    const { container } = settings(
      "{nodeAgent: {resources: {limits: {cpu: 1, memory: 1Gi}}}, toy: {resources: {limits: {memory: 2Gi}}}}".replace(
        "cpu: 1,",
        'cpu: "1",',
      ),
    );
    assert.deepEqual(container.resources, {
      requests: { cpu: "10m", memory: "16Mi" },
      limits: { cpu: "1", memory: "2Gi" },
    });
  });

  it("replaces arrays and merges maps", () => {
    const { pod } = settings(
      "{nodeAgent: {tolerations: [{operator: Exists}], nodeSelector: {a: '1'}}, toy: {tolerations: [{key: k, operator: Exists}], nodeSelector: {b: '2'}}}",
    );
    assert.deepEqual(pod.tolerations, [{ key: "k", operator: "Exists" }]);
    assert.deepEqual(pod.nodeSelector, { "kubernetes.io/os": "linux", a: "1", b: "2" });
  });

  it("of an image wins over the mirror, and the mirror over the pin", () => {
    assert.equal(settings("{}").container.image, "docker.io/library/busybox:1.37.0");
    assert.equal(settings("{toy: {image: 'ghcr.io/me/toy:1'}}").container.image, "ghcr.io/me/toy:1");
    const mirrored = planOf(
      TOY_ON.replace("clusterName: dev", "clusterName: dev, imageRegistry: mirror.example:5000/hub"),
    );
    assert.equal(mirrored.images["toy"], "mirror.example:5000/hub/library/busybox:1.37.0");
  });

  it("covers tainted nodes unless it says otherwise", () => {
    assert.deepEqual(settings("{}").pod.tolerations, [{ operator: "Exists" }]);
    assert.deepEqual(settings("{toy: {tolerations: []}}").pod.tolerations, []);
  });
});

describe("the fit of the plan", () => {
  it("warns with its arithmetic when a node's share passes the budget", () => {
    const { sizing } = planOf(
      `${TOY_ON}override: {toy: {resources: {requests: {cpu: 400m}, limits: {cpu: 500m}}}}`,
    );
    assert.deepEqual(sizing.warnings, ["cpu requests per node are 400m (toy 400m), over the budget of 350m"]);
    assert.equal(sizing.cluster.requests.cpu, "800m");
  });

  it("has the rows of the sizing table that run on every node fill the node budget exactly", () => {
    const rows = Object.entries(SIZING).filter(([, row]) => row.placement === "node");
    const workloads = rows.map(([name, row]) => ({ name, kind: "DaemonSet" as const, replicas: 1, ...row }));
    assert.deepEqual(fitCluster(workloads).perNode, NODE_BUDGET);
  });
});

function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, dropUndefined(entry)]));
}
