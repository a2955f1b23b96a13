import assert from "node:assert/strict";
import { measureNoise, noiseBudget } from "../../scenarios/check/noise";
import type { ElasticsearchStore } from "../../scenarios/check/store";
import { runIdle } from "../../tools/cli/scenarios/idle";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { readerOf } from "../rigs/scenarios/replay";
import { emptyElasticsearch } from "../rigs/test-server";

const FROM = new Date(Date.now() - 10 * 60_000);
const TO = new Date(FROM.getTime() + 5 * 60_000);

describe("the noise of a quiet time, counted in a real Elasticsearch", function () {
  this.timeout(600_000);
  let server: ElasticsearchServer;
  let store: ElasticsearchStore;

  before(async () => {
    server = await emptyElasticsearch();
    store = readerOf(server);
    const inside = new Date(FROM.getTime() + 1000);
    await write("quiet", "node-1", 3, inside, { tool: "falco", rule: "Terminal shell in container" });
    await write("quiet", "node-1", 40, inside, { tool: "tetragon", action: "process_exec" });
    await write("quiet", "node-1", 2, inside, {
      tool: "tetragon",
      rule: "process-exec",
      action: "process_kprobe",
    });
    await write("quiet", "node-2", 1, inside, { tool: "tetragon", action: "process_exit" });
    await write("quiet", "node-1", 7, TO, { tool: "falco", rule: "after the time" });
    await write("another", "node-1", 7, inside, { tool: "falco", rule: "of another cluster" });
    await server.client.must("POST", "/security-*/_refresh");
  });
  after(() => store?.close());

  async function write(
    cluster: string,
    node: string,
    count: number,
    time: Date,
    { tool, rule, action }: { tool: string; rule?: string; action?: string },
  ): Promise<void> {
    const document = {
      "@timestamp": time.toISOString(),
      host: { name: node },
      labels: { security_tool: tool },
      event: { action },
      ...(rule && { rule: { name: rule } }),
      orchestrator: { cluster: { name: cluster } },
    };
    const path = `/${INDICES.events}/_doc`;
    await Promise.all(Array.from({ length: count }, () => server.client.must("POST", path, document)));
  }

  it("is told by node, sensor and rule, of one cluster and of the time only", async () => {
    const noise = await measureNoise(store, {
      index: INDICES.events,
      clusterName: "quiet",
      from: FROM,
      to: TO,
    });
    assert.deepEqual(noise, [
      {
        node: "node-1",
        total: 45,
        sources: [
          { tool: "tetragon", source: "process_exec", count: 40 },
          { tool: "falco", source: "Terminal shell in container", count: 3 },
          { tool: "tetragon", source: "process-exec", count: 2 },
        ],
      },
      { node: "node-2", total: 1, sources: [{ tool: "tetragon", source: "process_exit", count: 1 }] },
    ]);
  });

  it("has a budget of 50 documents in five minutes", () => {
    assert.equal(noiseBudget(5 * 60_000), 50);
    assert.equal(noiseBudget(60_000), 10);
  });

  const quiet = (clusterName: string) =>
    runIdle(store, {
      ...{ index: INDICES.events, clusterName, milliseconds: 6_000, settleMilliseconds: 2_000 },
      say: () => {},
    });

  it("fails a node that writes more than its budget, and no other", async () => {
    const runs = Promise.all([quiet("quiet"), quiet("another")]);
    await write("another", "node-1", 2, new Date(Date.now() + 1_000), { tool: "falco", rule: "Loud" });
    assert.deepEqual(await runs, [0, 1]);
  });

  it("is not measured where nothing of the cluster ever came", async () => {
    await assert.rejects(quiet("nowhere"), /no document of the cluster nowhere/);
  });
});
