import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ensureTools } from "../../tools/toolchain/ensure";
import { Deployment } from "../support/deployment";
import { allObjects, type LiveObject } from "../support/objects";

const POLICIES = "/apis/cilium.io/v1alpha1/tracingpolicies";

// Minutes: the chart through the real engine and provider, on a real API server.
describe("Tetragon deployed from its chart", function () {
  this.timeout(300_000);
  const charts = fs.mkdtempSync(path.join(os.tmpdir(), "charts-"));
  let deployment: Deployment;

  before(async () => {
    const { "chart-tetragon": chart } = await ensureTools(["chart-tetragon"]);
    fs.symlinkSync(chart, path.join(charts, "tetragon"));
    deployment = await Deployment.start({ name: "test-tetragon" });
    deployment.configure({ global: { clusterName: "dev", charts } });
  });

  after(async () => {
    await deployment?.stop();
    fs.rmSync(charts, { recursive: true, force: true });
  });

  async function up(config: object, toggle: Record<string, boolean> = {}): Promise<void> {
    deployment.configure({ features: [{ name: "tetragon", config }], toggle });
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
      "cron-persistence",
      "cron-persistence-protected",
    ]);
  });

  it("loses a policy that the config no longer has", async () => {
    await up({ policies: ["container-escape-monitor"] });
    assert.deepEqual(await policies(), ["container-escape-monitor"]);
  });

  it("leaves nothing when it is off: no CRD, no cluster role, no policy", async () => {
    await up({ policies: ["container-escape-monitor"] }, { tetragon: false });
    const left = (await allObjects(deployment.api)).filter((object) =>
      /tetragon|cilium/.test(`${object.apiVersion} ${object.metadata.name}`),
    );
    assert.deepEqual(
      left.map((object) => `${object.kind} ${object.metadata.name}`),
      [],
    );
  });
});
