import assert from "node:assert/strict";
import { tetragon } from "../../components/tetragon/tetragon-feature";
import { longTest } from "../support/long-test";
import {
  ALL,
  assertCombination,
  SENSORS,
  sensorsOf,
  switchTo,
  titleOf,
  unownedIds,
} from "../support/stack/combinations";
import { Deployment } from "../support/stack/deployment";
import {
  allObjects,
  belongsTo,
  changed,
  declared,
  idOf,
  kindsMissing,
  type LiveObject,
  until,
} from "../support/stack/objects";

const NONE = 0b0000;
const ALL_BUT_ONE = 0b1110;
/** With the first update, which has all sensors on: each two of them in all four ways. */
const ROWS = [NONE, ALL_BUT_ONE, 0b1101, 0b1011, 0b0111];

// Minutes, because this is the promise of the product: what an up changes can only be seen on a real API server with
// the real engine. All combinations are in combinations.all.test.ts; its Elasticsearch is in elastic.test.ts.
describe("the dev stack on a real API server", function () {
  this.timeout(300_000);
  let deployment: Deployment;
  /** Ids of all objects that nobody owns, of every type, before the first update. */
  let untouched: Set<string>;
  let full: LiveObject[];

  before(async () => {
    deployment = await Deployment.start({ name: "test-stack" });
    untouched = unownedIds(await allObjects(deployment.api));
  });
  after(() => deployment?.stop());

  const policies = async () => {
    const path = "/apis/cilium.io/v1alpha1/tracingpolicies";
    return (await deployment.api.get<{ items: LiveObject[] }>(path)).items
      .map(({ metadata }) => metadata.name)
      .sort();
  };
  const withPolicies = (config: object) => ({
    features: [
      { name: "otel_pipeline", config: { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" } },
      { name: "falco" },
      { name: "tetragon", config },
    ],
  });

  it("comes up with every condition true", async () => {
    await deployment.run("up");
    full = await allObjects(deployment.api);
    const outputs = await deployment.outputs();
    const conditions = outputs["conditions"] as { type: string; status: string }[];
    assert.deepEqual(conditions.map(({ type }) => type).sort(), [
      "FalcoReady",
      "OSQueryReady",
      "PipelineReady",
      "TetragonReady",
      "TrivyReady",
    ]);
    for (const condition of conditions) assert.equal(condition.status, "True", JSON.stringify(condition));
    assert.equal(outputs["falcoReady"], "2/2");
    assert.deepEqual(await kindsMissing(deployment.api, tetragon.kindsOfPeople?.ofCharts), []);
  });

  it("previews no change afterwards", async () => {
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  for (const combination of ROWS) {
    const test = [NONE, ALL_BUT_ONE].includes(combination) ? it : longTest;
    test(`with ${titleOf(combination)}: these are complete and ready, the others are gone`, async () => {
      await switchTo(deployment, combination);
      const live = await assertCombination(deployment, combination, full);
      if (combination !== NONE) return;
      const ofStack = declared(live);
      const left = [...unownedIds(live)].filter((id) => !untouched.has(id) && !ofStack.has(id));
      assert.deepEqual(
        left.filter((id) => !COMES_WITH_A_NAMESPACE.test(id)),
        [],
      );
    });
  }

  longTest("has tried each two sensors in every way", () => {
    for (const one of SENSORS)
      for (const other of SENSORS.filter((name) => name !== one)) {
        const ways = [ALL, ...ROWS].map((row) => {
          const on: readonly string[] = sensorsOf(row);
          return `${on.includes(one)} ${on.includes(other)}`;
        });
        assert.equal(new Set(ways).size, 4, `${one} and ${other}`);
      }
  });

  // All in the same two updates: each is some 20 s.
  it("brings an override to the pods, TracingPolicies and the attack scenarios as a Job, and takes them back", async () => {
    const limit = async () => {
      const path = "/apis/apps/v1/namespaces/security-system/daemonsets/falco";
      const { spec } = await deployment.api.get<{
        spec: { template: { spec: { containers: Container[] } } };
      }>(path);
      return spec.template.spec.containers.find((c) => c.name === "falco")?.resources.limits["memory"];
    };
    const ofScenarios = async () =>
      (await allObjects(deployment.api)).filter(belongsTo("scenarios")).map(idOf);
    const override = { falco: { resources: { limits: { memory: "2Gi" } } } };
    const both = ["container-escape-monitor", "cron-persistence"];
    deployment.configure({
      ...{ toggle: {}, override, tests: { enabled: true } },
      ...withPolicies({ policies: both, enforce: ["cron-persistence"] }),
    });
    await deployment.run("up");
    assert.equal(await limit(), "2Gi");
    assert.equal((await deployment.outputs())["tetragonReady"], "2/2");
    assert.deepEqual(await policies(), [
      "container-escape-monitor",
      "container-escape-monitor-sensors",
      "cron-persistence",
      "cron-persistence-protected",
    ]);
    const made = await ofScenarios();
    for (const kind of ["Job", "ValidatingAdmissionPolicy", "ClusterRole", "NetworkPolicy"])
      assert.ok(
        made.some((id) => id.includes(kind)),
        `${kind} is not among ${made.join(", ")}`,
      );
    deployment.configure({
      ...{ override: {}, tests: { enabled: false } },
      ...withPolicies({ policies: ["container-escape-monitor"] }),
    });
    await deployment.run("up");
    assert.notEqual(await limit(), "2Gi");
    assert.deepEqual(await policies(), ["container-escape-monitor", "container-escape-monitor-sensors"]);
    await until("nothing of the scenarios", ofScenarios, (ids) => ids.length === 0);
  });

  it("mends what someone deleted by hand", async () => {
    const path = "/api/v1/namespaces/security-system/configmaps";
    const { items } = await deployment.api.get<{ items: { metadata: { name: string } }[] }>(path);
    const name = items.map((item) => item.metadata.name).find((n) => n.includes("falco"));
    assert.ok(name);
    await deployment.api.delete(`${path}/${name}`);
    await deployment.run("refresh");
    await deployment.run("up");
    await deployment.api.get(`${path}/${name}`);
  });

  it("touches nothing when the config is invalid", async () => {
    const before = declared(await allObjects(deployment.api));
    assert.ok(before.size > 20, `only ${before.size} objects`);
    deployment.configure({ toggle: { falcon: true } });
    const { code, output } = await deployment.attempt("up");
    assert.notEqual(code, 0);
    assert.match(output, /CFG005 security-stack:toggle\.falcon/);
    assert.match(output, /did you mean "falco"/);
    assert.doesNotMatch(output, /at .*\.ts:\d+/, "a stack trace is shown");
    assert.deepEqual(changed(before, declared(await allObjects(deployment.api))), []);
    deployment.configure({ toggle: {} });
  });

  it("destroys all that it made", async () => {
    await deployment.run("destroy");
    const left = () =>
      allObjects(deployment.api).then((all) =>
        all.filter((o) => o.metadata.labels?.["app.kubernetes.io/part-of"] === "security-stack").map(idOf),
      );
    await until("no object of the stack", left, (ids) => ids.length === 0);
  });
});

/** What controllers make in every namespace. */
const COMES_WITH_A_NAMESPACE = /^(ServiceAccount \S+\/default|ConfigMap \S+\/kube-root-ca\.crt)$/;

interface Container {
  name: string;
  resources: { limits: Record<string, string> };
}
