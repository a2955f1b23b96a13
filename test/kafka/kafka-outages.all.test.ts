import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { GROUP, kafkaConfig, TOPIC } from "../rigs/kafka/kafka-rig";
import { KafkaStage, until } from "../rigs/kafka/kafka-stage";

const AGE_SECONDS = 2;

describe("Kafka between the gateway and Elasticsearch, switched on, drained and off", function () {
  this.timeout(300_000);
  let stage: KafkaStage;

  before(async () => {
    stage = await KafkaStage.create();
  });
  after(() => stage?.destroy());

  it("loses no line while it is switched on, with lines waiting for Elasticsearch in the gateway's queue", async () => {
    const { rig, server, kafka } = stage;
    rig.gateway.writeConfig(rig.configWith("gateway", undefined));
    await Promise.all([rig.gateway.start(), rig.node.start(), server.kill()]);
    stage.append(2000);
    await until(async () => (await stage.waiting("elasticsearch")) > 0, "lines wait for Elasticsearch");
    await stage.reconfigure("gateway", kafkaConfig(kafka));
    assert.ok((await stage.waiting("elasticsearch")) > 0, "they still do");
    await stage.indexer.start();
    stage.append(2000);
    await until(async () => (await stage.ends()) > 0, "lines are in the topic");
    const offsets = await kafka.offsets(TOPIC, GROUP);
    assert.deepEqual(
      offsets.filter(({ committed, begin }) => committed > begin),
      [],
      "nothing is committed while Elasticsearch is away",
    );
    await server.launch();
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await stage.lag()) === 0, "all is committed");
  });

  it("shows the age of what it reads, which the alerts go by", async () => {
    const { indexer } = stage;
    const metric = (name: string) => indexer.metric(`otelcol_kafka_receiver_records_delay_${name}`);
    await indexer.end("SIGTERM");
    stage.append(100);
    await until(async () => (await stage.lag()) > 0, "lines are in the topic");
    await sleep(AGE_SECONDS * 1000);
    await indexer.start();
    await until(async () => (await stage.lag()) === 0, "they are read");
    const age = (await metric("sum")) / (await metric("count"));
    assert.ok(age >= AGE_SECONDS && age < AGE_SECONDS + 60, `${age} s`);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
  });

  it("loses no line while it is drained and switched off, with lines waiting for Kafka in the gateway's queue", async () => {
    const { kafka, server, indexer } = stage;
    const stored = stage.written;
    await kafka.kill();
    stage.append(1000);
    await until(async () => (await stage.waiting("kafka")) > 0, "lines wait for Kafka");
    await stage.reconfigure("gateway", kafkaConfig(kafka, { drain: true }));
    stage.append(1000);
    await until(
      async () => (await server.client.count(INDICES.events)) >= stored + 1000,
      "new lines go past Kafka",
    );
    assert.ok((await stage.waiting("kafka")) > 0, "the others still wait");
    await kafka.launch();
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    assert.equal(await stage.waiting("kafka"), 0);
    await until(async () => (await stage.lag()) === 0, "nothing is left in the topic");
    await stage.reconfigure("gateway", undefined);
    await indexer.end("SIGTERM");
    stage.append(1000);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
  });

  it("tells by offset what retention deleted before it was read, and reads the rest", async () => {
    const { kafka, server, indexer } = stage;
    await stage.reconfigure("gateway", kafkaConfig(kafka));
    // In records of their own, of which one is deleted.
    for (const _ of [1, 2, 3, 4]) {
      const before = await stage.lag();
      stage.append(250);
      await until(
        async () => (await stage.waiting("kafka")) === 0 && (await stage.lag()) > before,
        "they are in the topic",
      );
    }
    // As retention does: the beginning of a partition moves past what was not read.
    const unread = (await kafka.offsets(TOPIC, GROUP)).map(({ end, committed }) => end - committed);
    const partition = unread.findIndex((records) => records > 0);
    const offset = (await kafka.offsets(TOPIC, GROUP))[partition]!.committed + 1;
    await kafka.run({ do: "delete-before", topic: TOPIC, partition, offset });
    const offsets = await kafka.offsets(TOPIC, GROUP);
    const counted = offsets.reduce((sum, { begin, committed }) => sum + Math.max(0, begin - committed), 0);
    assert.equal(counted, 1);
    await indexer.start();
    await until(async () => (await stage.lag()) === 0, "the rest is read");
    const missing = stage.written - (await server.client.count(INDICES.events));
    assert.ok(missing > 0 && missing < 1000, `${missing} lines were in the record that was deleted`);
  });
});
