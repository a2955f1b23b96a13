import assert from "node:assert/strict";
import { Deployment } from "../support/stack/deployment";
import type { LiveObject } from "../support/stack/objects";

const POLICIES = "/apis/cilium.io/v1alpha1/tracingpolicies";

// Minutes: the chart through the real engine and provider, on a real API server.
describe("Tetragon deployed from its chart", function () {
  this.timeout(300_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await Deployment.start({ name: "test-tetragon" });
  });

  after(() => deployment?.stop());

  async function up(config: object): Promise<void> {
    deployment.configure({ features: [{ name: "tetragon", config }] });
    await deployment.run("up");
  }

  async function policies(): Promise<string[]> {
    const { items } = await deployment.api.get<{ items: LiveObject[] }>(POLICIES);
    return items.map((item) => item.metadata.name).sort();
  }

  it("comes up with its policies, the CRDs before them", async () => {
    await up({ policies: ["container-escape-monitor", "cron-persistence"], enforce: ["cron-persistence"] });
    assert.equal((await deployment.outputs())["tetragonReady"], "2/2");
    assert.deepEqual(await policies(), [
      "container-escape-monitor",
      "container-escape-monitor-sensors",
      "cron-persistence",
      "cron-persistence-protected",
    ]);
  });

  it("loses a policy that the config no longer has", async () => {
    await up({ policies: ["container-escape-monitor"] });
    assert.deepEqual(await policies(), ["container-escape-monitor", "container-escape-monitor-sensors"]);
  });
});
