import assert from "node:assert/strict";
import { KafkaStage, until } from "../rigs/kafka/kafka-stage";
import { LogWriter } from "../rigs/pipeline/log-writer";
import { falcoLine } from "../rigs/pipeline/sensor-logs";

describe("Kafka between the gateway and Elasticsearch", function () {
  this.timeout(300_000);
  let stage: KafkaStage;

  before(async () => {
    stage = await KafkaStage.create();
  });
  after(() => stage?.destroy());

  it("has every line once while brokers, indexer and gateway are killed", async () => {
    const { kafka, rig, gateway, indexer } = stage;
    await rig.start();
    const writer = new LogWriter({
      file: stage.logFile,
      line: (sequence) => falcoLine({ sequence, size: 1000 }),
      linesPerSecond: 500,
      rotateEveryMs: 2000,
    });
    try {
      const sentBefore = await stage.ends();
      await until(async () => (await stage.ends()) > sentBefore, "lines are in the topic");
      await kafka.kill();
      await until(async () => (await stage.waiting("kafka")) > 0, "lines wait for Kafka");
      await kafka.launch();
      await indexer.end("SIGKILL");
      await until(async () => (await stage.lag()) > 0, "lines wait for an indexer");
      await Promise.all([indexer.start(), gateway.end("SIGKILL")]);
      await gateway.start();
      await indexer.end("SIGKILL");
      await indexer.start();
    } finally {
      stage.written += await writer.stop();
    }
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await stage.lag()) === 0, "all is committed");
  });
});
