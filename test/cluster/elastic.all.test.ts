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

// What the dev stack asks of ECK's definitions is in elastic.test.ts.
describe("a managed Elasticsearch for production on a real API server", function () {
  this.timeout(300_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: "test-elastic-production" });
    deployment.configure({ toggle: { falco: false, tetragon: false, osquery: false, trivy: false } });
  });
  after(() => deployment?.stop());

  const left = async () => (await allObjects(deployment.api)).filter(belongsTo("elastic"));
  const isDefinition = ({ kind }: LiveObject) => kind === "CustomResourceDefinition";
  // The API server makes one for each group and version that it serves.
  const isServed = ({ kind }: LiveObject) => kind === "APIService";

  it("is accepted by ECK's definitions, and leaves them where they are to be kept", async () => {
    deployment.configure({ output: { elasticsearch: { managed: PRODUCTION } } });
    await deployment.run("up");
    const definitions = (await left()).filter(isDefinition).length;
    assert.ok(definitions > 5, `only ${definitions} definitions`);
    deployment.configure({ output: EXTERNAL_OUTPUT });
    await deployment.run("up");
    const objects = await until("its definitions only", left, (all) =>
      all.every((object) => isDefinition(object) || isServed(object)),
    );
    assert.equal(objects.filter(isDefinition).length, definitions);
  });
});
