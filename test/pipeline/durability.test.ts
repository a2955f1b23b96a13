import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { gatewayKey } from "../../components/documents/api-keys";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { awaitDelivery } from "../rigs/pipeline/delivery";
import { LogWriter } from "../rigs/pipeline/log-writer";
import { runOutage } from "../rigs/pipeline/outage";
import { PipelineRig } from "../rigs/pipeline/rig";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import { emptyElasticsearch } from "../rigs/test-server";

const LINES_PER_SECOND = 500;

describe("delivery", function () {
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

  it("has every line once after kills and ends of both collectors, a silent Elasticsearch and an expired key while lines flow", async () => {
    const server = await emptyElasticsearch();
    const rig = await PipelineRig.create(server);
    await rig.start();
    const writer = new LogWriter({
      file: rig.logFile("falco", "events.log"),
      line: (sequence) => falcoLine({ sequence, size: 1000 }),
      linesPerSecond: LINES_PER_SECOND,
      rotateEveryMs: 2000,
    });
    try {
      for (const signal of ["SIGKILL", "SIGTERM"] as const)
        for (const collector of [rig.gateway, rig.node]) {
          await sleep(1500);
          await collector.end(signal, 30_000);
          await collector.start();
        }
      await sleep(1000);
      // Its connections stay open, and no answer comes.
      server.signal("SIGSTOP");
      await sleep(10_000);
      server.signal("SIGCONT");
      await sleep(1000);
      rig.replaceElasticsearchKey(await server.client.createApiKey("expired", gatewayKey(INDICES), "1ms"));
      await sleep(5000);
      rig.replaceElasticsearchKey(rig.elasticsearchKey);
      const written = await writer.stop();
      const delivery = await awaitDelivery(server, written);
      assert.deepEqual(delivery, { written, found: written, missing: [], doubled: 0 });
    } finally {
      server.signal("SIGCONT");
      await writer.stop();
      await rig.destroy();
    }
  });
});
