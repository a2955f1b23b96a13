import assert from "node:assert/strict";
import { runOutage } from "../rigs/pipeline/outage";
import { emptyElasticsearch } from "../rigs/test-server";

const LINES_PER_SECOND = 500;

// Minutes: queues fill up in real time. The same without full queues is in durability.test.ts.
describe("delivery over a long outage", function () {
  this.timeout(600_000);

  it("has every line once after 100 s without Elasticsearch: both collectors killed and ended, full queues, rotation", async () => {
    // Longer than the exporter's default of 90 s for all its retries.
    const outage = { seconds: 100, linesPerSecond: LINES_PER_SECOND };
    const { delivery, ...signs } = await runOutage(await emptyElasticsearch(), outage);
    const { written } = delivery;
    assert.deepEqual(delivery, { written, found: written, missing: [], doubled: 0 });
    assert.ok(written >= outage.seconds * LINES_PER_SECOND, `${written} lines`);
    assert.ok(signs.rotations >= 50, `${signs.rotations} rotations`);
    // What an operator sees of it.
    assert.ok(signs.gatewaySaidFull, "the gateway's log says that its queue is full");
    assert.ok(signs.nodeSaidFull, "the node collector's log says that its queue is full");
    assert.ok(signs.refusedByGateway > 0, "the gateway's metric counts what it had no room for");
    assert.ok(signs.refusedByNode > 0, "the node collector's metric counts what it had no room for");
    assert.ok(!signs.diskWasFull, "the gateway's queue is full before its volume is");
  });
});
