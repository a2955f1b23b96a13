import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { newTable } from "../../tools/dev/table";
import { KafkaBrokers } from "../rigs/kafka/brokers";
import {
  GATEWAY_USER,
  GROUP,
  INDEXER_USER,
  kafkaConfig,
  kafkaPipeline,
  prepareKafka,
  TOPIC,
} from "../rigs/kafka/kafka-rig";
import { awaitDelivery, type Delivery } from "../rigs/pipeline/delivery";
import { LogWriter } from "../rigs/pipeline/log-writer";
import { installTemplates, type PipelineRig, removeIndices } from "../rigs/pipeline/rig";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import { elasticsearch } from "../rigs/test-server";
import { fits, type Rule, samplesOf, selectorsOf } from "../support/metrics/prometheus";

const RULES = join(__dirname, "..", "..", "components", "pipeline", "prometheus-rules-kafka.yaml");
const PATIENCE_MS = 60_000;

const every = (written: number): Delivery => ({ written, found: written, missing: [], doubled: 0 });

describe("Kafka between the gateway and Elasticsearch", function () {
  this.timeout(300_000);
  let kafka: KafkaBrokers;
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let written = 0;

  before(async () => {
    [kafka, server] = await Promise.all([KafkaBrokers.start(), elasticsearch()]);
    await removeIndices(server);
    await installTemplates(server);
    await prepareKafka(kafka);
    rig = await kafkaPipeline(server, kafka);
  });
  after(async () => {
    await rig?.destroy();
    await kafka?.stop();
  });

  function append(count: number): void {
    const lines = Array.from({ length: count }, (_, i) => falcoLine({ sequence: written + i, size: 1000 }));
    appendFileSync(rig.logFile("falco", "events.log"), `${lines.join("\n")}\n`);
    written += count;
  }

  /** The gateway with another `output.kafka`, or without it, as a rollout replaces its pod. */
  async function reconfigure(output: Record<string, unknown> | undefined): Promise<void> {
    await rig.gateway.end("SIGTERM", 5000);
    rig.gateway.writeConfig(rig.gatewayConfigWith(output));
    await rig.gateway.start();
  }

  const waiting = (exporter: string) =>
    rig.gateway.metric("otelcol_exporter_queue_size", { exporter: `${exporter}` });
  const lag = () => kafka.lag(TOPIC, GROUP);

  it("loses no line while it is switched on, with lines waiting for Elasticsearch in the gateway's queue", async () => {
    rig.gateway.writeConfig(rig.gatewayConfigWith(undefined));
    await rig.gateway.start();
    await rig.node.start();
    await server.kill();
    append(2000);
    await until(async () => (await waiting("elasticsearch")) > 0, "lines wait for Elasticsearch");
    await reconfigure(kafkaConfig(kafka));
    assert.ok((await waiting("elasticsearch")) > 0, "they still do");
    await rig.indexer!.start();
    append(2000);
    await until(async () => (await ends()) > 0, "lines are in the topic");
    assert.equal(await lag(), await ends(), "nothing is committed while Elasticsearch is away");
    await server.launch();
    assert.deepEqual(await awaitDelivery(server, written), every(written));
    await until(async () => (await lag()) === 0, "all is committed");
  });

  it("has every line once while brokers, indexer, gateway and Elasticsearch are killed", async () => {
    const first = written;
    const writer = new LogWriter({
      file: rig.logFile("falco", "events.log"),
      line: (sequence) => falcoLine({ sequence: first + sequence, size: 1000 }),
      linesPerSecond: 500,
      rotateEveryMs: 2000,
    });
    try {
      await sleep(1000);
      await kafka.kill();
      await sleep(1500);
      await kafka.launch();
      await rig.indexer!.end("SIGKILL");
      await sleep(1000);
      await rig.indexer!.start();
      await rig.gateway.end("SIGKILL");
      await rig.gateway.start();
      await server.kill();
      await sleep(1000);
      await rig.indexer!.end("SIGKILL");
      await rig.indexer!.start();
      await server.launch();
    } finally {
      written += await writer.stop();
    }
    assert.deepEqual(await awaitDelivery(server, written), every(written));
    await until(async () => (await lag()) === 0, "all is committed");
  });

  it("leaves a record that is no batch of lines behind, counts it, and reads on", async () => {
    await kafka.allow(`User:${INTRUDER}`, "TOPIC", TOPIC, ["WRITE", "DESCRIBE"]);
    await kafka.setUser(INTRUDER, "x");
    const client = kafka.clientOf(INTRUDER, "x");
    for (const partition of [0, 1, 2, 3])
      await kafka.run({ do: "produce", topic: TOPIC, partition, value: "no batch of lines", client });
    append(100);
    assert.deepEqual(await awaitDelivery(server, written), every(written));
    const failed = () => rig.indexer!.metric("otelcol_kafka_receiver_unmarshal_failed_log_records");
    await until(async () => (await failed()) === 4, "each is counted");
    await until(async () => (await lag()) === 0, "none holds up its partition");
    await kafka.run({ do: "disallow", principal: `User:${INTRUDER}` });
  });

  it("gives the gateway no right to read, the indexer none to write, and a stranger neither", async () => {
    await kafka.setUser("stranger", "x");
    const table = newTable(["user", "writes the topic", "reads it in the group"]);
    const answer = (command: object) =>
      kafka.run({ topic: TOPIC, group: GROUP, value: "x", ...command }).then(
        () => "yes",
        (error: Error) => error.message.replace(/Exception:.*/s, ""),
      );
    const found: Record<string, string[]> = {};
    for (const [user, password] of [
      [GATEWAY_USER.name, GATEWAY_USER.password],
      [INDEXER_USER.name, INDEXER_USER.password],
      ["stranger", "x"],
      ["stranger", "wrong"],
    ] as const) {
      const client = kafka.clientOf(user, password);
      // The gateway's may: it would leave a record that is none of the pipeline's.
      const writes = user === GATEWAY_USER.name ? "yes" : await answer({ do: "produce", client });
      const reads = user === INDEXER_USER.name ? "yes" : await answer({ do: "consume", client });
      const name = password === "wrong" ? `${user}, wrong password` : user;
      table.push([name, writes, reads]);
      found[name] = [writes, reads];
    }
    console.log(table.toString());
    assert.deepEqual(found, {
      [GATEWAY_USER.name]: ["yes", "GroupAuthorization"],
      [INDEXER_USER.name]: ["TopicAuthorization", "yes"],
      stranger: ["TopicAuthorization", "TopicAuthorization"],
      "stranger, wrong password": ["SaslAuthentication", "SaslAuthentication"],
    });
  });

  it("has the series of every alert rule", async () => {
    const { groups } = parse(readFileSync(RULES, "utf8")) as { groups: { rules: Rule[] }[] };
    const samples = [...samplesOf(await rig.gateway.metrics()), ...samplesOf(await rig.indexer!.metrics())];
    for (const { alert, expr, labels, annotations } of groups.flatMap(({ rules }) => rules)) {
      assert.match(labels?.["severity"] ?? "", /^(critical|warning)$/, alert);
      assert.ok(annotations?.["summary"] && annotations["fix"], alert);
      for (const selector of selectorsOf(expr))
        assert.ok(
          samples.some((sample) => fits(sample, selector)),
          `${alert}: no series of ${JSON.stringify(selector)}`,
        );
    }
  });

  it("tells by offset what retention deleted before it was read, and reads the rest", async () => {
    await rig.indexer!.end("SIGTERM");
    const before = await lag();
    append(1000);
    await until(
      async () => (await waiting("kafka")) === 0 && (await lag()) > before,
      "they are in the topic",
    );
    // As retention does: the beginning of a partition moves past what was not read.
    let lost = 0;
    for (const [partition, { end, committed }] of (await kafka.offsets(TOPIC, GROUP)).entries())
      if (end > committed) {
        await kafka.run({ do: "delete-before", topic: TOPIC, partition, offset: committed + 1 });
        lost += 1;
      }
    const offsets = await kafka.offsets(TOPIC, GROUP);
    const counted = offsets.reduce((sum, { begin, committed }) => sum + Math.max(0, begin - committed), 0);
    assert.equal(counted, lost);
    await rig.indexer!.start();
    await until(async () => (await lag()) === 0, "the rest is read");
    const missing = written - (await server.client.count(INDICES.events));
    assert.ok(
      missing > 0 && missing < 1000,
      `${missing} lines were in the ${lost} records that were deleted`,
    );
    await removeIndices(server);
    await installTemplates(server);
    written = 0;
  });

  it("loses no line while it is drained and switched off, with lines waiting for Kafka in the gateway's queue", async () => {
    await kafka.kill();
    append(1000);
    await until(async () => (await waiting("kafka")) > 0, "lines wait for Kafka");
    await reconfigure(kafkaConfig(kafka, { drain: true }));
    append(1000);
    await until(async () => (await server.client.count(INDICES.events)) >= 1000, "new lines go past Kafka");
    assert.ok((await waiting("kafka")) > 0, "the others still wait");
    await kafka.launch();
    assert.deepEqual(await awaitDelivery(server, written), every(written));
    assert.equal(await waiting("kafka"), 0);
    await until(async () => (await lag()) === 0, "nothing is left in the topic");
    await reconfigure(undefined);
    await rig.indexer!.end("SIGTERM");
    append(1000);
    assert.deepEqual(await awaitDelivery(server, written), every(written));
  });

  it("keeps lines until their topic is made", async () => {
    const topic = "made-later";
    await kafka.allow(`User:${GATEWAY_USER.name}`, "TOPIC", topic, ["WRITE", "DESCRIBE"]);
    await kafka.allow(`User:${INDEXER_USER.name}`, "TOPIC", topic, ["READ", "DESCRIBE"]);
    await reconfigure(kafkaConfig(kafka, { topic }));
    append(100);
    await until(async () => (await waiting("kafka")) > 0, "they wait");
    await sleep(3000);
    assert.equal(await rig.gateway.metric("otelcol_exporter_send_failed_log_records"), 0);
    await kafka.createTopic(topic, 1);
    await until(async () => (await waiting("kafka")) === 0, "they are in the topic");
    const [only] = await kafka.offsets(topic, GROUP);
    assert.ok(only && only.end > 0);
  });

  async function ends(): Promise<number> {
    return (await kafka.offsets(TOPIC, GROUP)).reduce((sum, { end }) => sum + end, 0);
  }
});

const INTRUDER = "intruder";

const T0 = Date.now();
async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  if (process.env["KT"]) console.error(`   >> ${(Date.now() - T0) / 1000} wait: ${what}`);
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not after ${PATIENCE_MS / 1000} s: ${what}`);
    await sleep(200);
  }
}
