import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { gatewayKey } from "../../components/documents/api-keys";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { awaitDelivery } from "../rigs/pipeline/delivery";
import { LogWriter } from "../rigs/pipeline/log-writer";
import { PipelineRig } from "../rigs/pipeline/rig";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import { emptyElasticsearch } from "../rigs/test-server";

const LINES_PER_SECOND = 500;

describe("delivery", function () {
  this.timeout(600_000);

  // A long outage with full queues: durability.all.test.ts.
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
