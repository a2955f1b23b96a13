import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { judge } from "../support/stack/accepted-by-kubernetes";
import { acceptedPlans } from "../support/stack/accepted-plans";
import { connect } from "../support/stack/objects";

/** Every so manieth of some 10,000 values; `ACCEPTED_VALUES_EVERY=1` tries each, which takes minutes. */
const EVERY = Number(process.env["ACCEPTED_VALUES_EVERY"] ?? "83");
const MOST_CONFIGS = EVERY === 1 ? Number.POSITIVE_INFINITY : 12;

describe("whatever the plan takes of the values that the schemas' types allow", function () {
  this.timeout(3 * 3_600_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "accepted-"));
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: "test-accepted", ephemeral: true });
    api = connect(cluster.kubeconfigPath);
  });
  after(async () => {
    api?.close();
    await cluster?.stop();
    fs.rmSync(folder, { recursive: true });
  });

  it("is taken by the API server and by the collector", async () => {
    const { "otelcol-contrib": program } = await ensureTools(["otelcol-contrib"]);
    const { tried, accepted, broken } = acceptedPlans(EVERY);
    assert.deepEqual(broken, []);
    const { objects, collectorConfigs, refused } = await judge(api, accepted, {
      ...{ program, folder, atMost: MOST_CONFIGS },
    });
    console.log(
      `        ${tried} values tried, ${accepted.length} taken: ${objects} objects by dry run, ${collectorConfigs} collector configs`,
    );
    assert.ok(accepted.length > 10 && objects > 50, "too few to say anything");
    assert.deepEqual(refused, []);
  });
});
