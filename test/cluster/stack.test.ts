import assert from "node:assert/strict";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, changed, declared, idOf, until } from "../support/stack/objects";

// Minutes, because this is the promise of the product: what an up changes can only be seen on a real API server with
// the real engine. What a toggle leaves is in combinations.test.ts; its Elasticsearch is in elastic.test.ts.
describe("the dev stack on a real API server", function () {
  this.timeout(300_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await Deployment.start({ name: "test-stack" });
  });
  after(() => deployment.stop());

  it("comes up with every condition true", async () => {
    await deployment.run("up");
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
  });

  it("previews no change afterwards", async () => {
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  // Both in the same two updates: each is some 20 s.
  it("brings an override to the pods and the attack scenarios as a Job, and takes both back", async () => {
    const limit = async () => {
      const path = "/apis/apps/v1/namespaces/security-system/daemonsets/falco";
      const { spec } = await deployment.api.get<{
        spec: { template: { spec: { containers: Container[] } } };
      }>(path);
      return spec.template.spec.containers.find((c) => c.name === "falco")?.resources.limits["memory"];
    };
    const ofScenarios = async () =>
      (await allObjects(deployment.api)).filter(belongsTo("scenarios")).map(idOf);
    const before = await limit();
    const override = { falco: { resources: { limits: { memory: "2Gi" } } } };
    deployment.configure({ override, tests: { enabled: true } });
    await deployment.run("up");
    assert.equal(await limit(), "2Gi");
    const made = await ofScenarios();
    for (const kind of ["Job", "ValidatingAdmissionPolicy", "ClusterRole", "NetworkPolicy"])
      assert.ok(
        made.some((id) => id.includes(kind)),
        `${kind} is not among ${made.join(", ")}`,
      );
    deployment.configure({ override: {}, tests: { enabled: false } });
    await deployment.run("up");
    assert.equal(await limit(), before);
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

interface Container {
  name: string;
  resources: { limits: Record<string, string> };
}
