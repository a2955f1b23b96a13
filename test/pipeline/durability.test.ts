import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticsearchServer } from "../../tools/elasticsearch/server";
import { awaitDelivery } from "../../tools/pipeline/delivery";
import { LogWriter } from "../../tools/pipeline/log-writer";
import { PipelineRig } from "../../tools/pipeline/rig";
import { falcoLine } from "../../tools/pipeline/sensor-logs";
import { emptyElasticsearch } from "../support/elasticsearch";

/** Queues that a minute of lines fills. */
const SMALL_QUEUES = { queue: { nodeMegabytes: 16, gatewaySize: "12Mi" } };
const QUEUE_FULL = "sending queue is full";

describe("delivery", function () {
  this.timeout(600_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let writer: LogWriter;

  async function begin(config: Record<string, unknown> = {}, linesPerSecond = 500): Promise<void> {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server, { config });
    await rig.start();
    writer = new LogWriter({
      file: rig.logFile("falco", "events.log"),
      line: (sequence) => falcoLine({ sequence, size: 1000 }),
      linesPerSecond,
      rotateEveryMs: 2000,
    });
  }

  async function assertExactlyOnce(): Promise<void> {
    const written = await writer.stop();
    const delivery = await awaitDelivery(server, written);
    assert.deepEqual(delivery, { written, found: written, missing: [], doubled: 0 });
  }

  afterEach(async () => {
    await writer?.stop();
    await rig?.destroy();
  });

  it("has every line once after 100 s without Elasticsearch, with kills of both collectors, full queues and rotation meanwhile", async () => {
    await begin(SMALL_QUEUES);
    await sleep(3000);
    await server.kill();
    const outage = sleep(100_000);
    await sleep(10_000);
    await rig.gateway.end("SIGKILL");
    await sleep(10_000);
    await rig.gateway.start();
    await sleep(10_000);
    await rig.node.end("SIGKILL");
    await sleep(5_000);
    await rig.node.start();
    await outage;
    // Longer than the exporter's default of 90 s for all its retries, and more than the queues hold.
    assert.match(rig.gateway.log(), new RegExp(QUEUE_FULL));
    assert.match(rig.node.log(), new RegExp(QUEUE_FULL));
    assert.ok((await rig.node.metric("otelcol_exporter_enqueue_failed_log_records")) > 0);
    await server.launch();
    await assertExactlyOnce();
  });

  it("has every line once after both collectors were ended in order while what is behind them was away", async () => {
    await begin();
    await sleep(2000);
    await server.kill();
    await sleep(3000);
    // It waits for Elasticsearch; the kubelet ends it after its grace period.
    await rig.gateway.end("SIGTERM", 5000);
    await sleep(3000);
    await rig.node.end("SIGTERM", 30_000);
    await sleep(2000);
    await rig.node.start();
    await rig.gateway.start();
    await server.launch();
    await assertExactlyOnce();
  });

  it("has every line once after Elasticsearch did not answer for 20 s, without closing a connection", async () => {
    await begin();
    await sleep(2000);
    server.signal("SIGSTOP");
    await sleep(20_000);
    server.signal("SIGCONT");
    await assertExactlyOnce();
  });

  it("has every line once after the key had expired, and takes the new one without a restart", async () => {
    await begin({}, 200);
    await sleep(2000);
    rig.replaceElasticsearchKey("expired:expired");
    await sleep(5000);
    rig.replaceElasticsearchKey(rig.elasticsearchKey);
    await assertExactlyOnce();
  });
});
