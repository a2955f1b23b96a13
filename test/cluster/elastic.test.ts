import assert from "node:assert/strict";
import { EXTERNAL_OUTPUT } from "../../tools/dev/engine/stack-config";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, type LiveObject, until } from "../support/stack/objects";

const PRODUCTION = {
  preset: "production",
  protect: false,
  keepCrds: true,
  keepData: false,
  serviceType: "LoadBalancer",
  elasticUser: false,
  storage: { size: "200Gi", className: "standard" },
  secureSettings: ["snapshot-credentials"],
};

// A minute: what ECK's definitions accept, and what is left of 0.8 MB of them, shows on a real API server only. The
// operator's own work is not shown: its pod is simulated, and a word of readiness is all that is played of it.
describe("a managed Elasticsearch on a real API server", function () {
  this.timeout(300_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: "test-elastic", asConfigured: true });
    deployment.configure({ toggle: { falco: false, tetragon: false, osquery: false, trivy: false } });
  });
  after(() => deployment?.stop());

  const left = async () => (await allObjects(deployment.api)).filter(belongsTo("elastic"));
  const isDefinition = ({ kind }: LiveObject) => kind === "CustomResourceDefinition";
  // The API server makes one for each group and version that it serves.
  const isServed = ({ kind }: LiveObject) => kind === "APIService";

  it("comes up ready, and previews no change afterwards", async () => {
    await deployment.run("up");
    const conditions = (await deployment.outputs())["conditions"] as { type: string; status: string }[];
    assert.deepEqual(
      conditions.map(({ type, status }) => `${type} ${status}`),
      ["ElasticsearchReady True", "KibanaReady True", "PipelineReady True"],
    );
    await deployment.run("preview", ["--expect-no-changes"]);
  });

  it("leaves nothing when it is switched off", async () => {
    assert.ok((await left()).filter(isDefinition).length > 5);
    deployment.configure({ output: EXTERNAL_OUTPUT });
    await deployment.run("up");
    await until("nothing of it", left, (objects) => objects.length === 0);
  });

  it("is accepted by ECK's definitions as it is in production, and leaves them where they are to be kept", async () => {
    deployment.configure({ output: { elasticsearch: { managed: PRODUCTION } } });
    await deployment.run("up");
    const definitions = (await left()).filter(isDefinition).length;
    deployment.configure({ output: EXTERNAL_OUTPUT });
    await deployment.run("up");
    const objects = await until("its definitions only", left, (all) =>
      all.every((object) => isDefinition(object) || isServed(object)),
    );
    assert.equal(objects.filter(isDefinition).length, definitions);
  });
});
