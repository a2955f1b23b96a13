import assert from "node:assert/strict";
import { join } from "node:path";
import { newTable } from "../../tools/dev/table";
import {
  allowGateway,
  allowIndexer,
  GATEWAY_USER,
  GROUP,
  INDEXER_USER,
  kafkaConfig,
  TOPIC,
} from "../rigs/kafka/kafka-rig";
import { KafkaStage, until } from "../rigs/kafka/kafka-stage";
import { assertSeries } from "../support/metrics/rule-series";

const RULES = join(__dirname, "..", "..", "components", "pipeline", "prometheus-rules-kafka.yaml");
const INTRUDER = "intruder";
const GIVEN_UP = "otelcol_exporter_send_failed_log_records";
/** Subject of the client certificate of the rig. */
const CERTIFICATE_USER = "User:CN=node-collector";

describe("who may do what in Kafka", function () {
  this.timeout(300_000);
  let stage: KafkaStage;

  before(async () => {
    stage = await KafkaStage.create();
  });
  after(() => stage?.destroy());

  it("keeps lines while brokers refuse a password, sends them without a restart, and logs no password", async () => {
    const { kafka, rig, gateway, indexer } = stage;
    for (const { name } of [GATEWAY_USER, INDEXER_USER]) await kafka.setUser(name, "another");
    await rig.start();
    stage.append(100);
    await until(async () => gateway.log().includes("SASL_AUTHENTICATION_FAILED"), "the gateway is refused");
    await until(async () => indexer.log().includes("SASL_AUTHENTICATION_FAILED"), "the indexer is refused");
    assert.ok((await stage.waiting("kafka")) > 0);
    for (const { name, password } of [GATEWAY_USER, INDEXER_USER]) await kafka.setUser(name, password);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    for (const collector of [gateway, indexer])
      for (const { password } of [GATEWAY_USER, INDEXER_USER])
        assert.ok(!collector.log().includes(password), "a password is in a log");
  });

  it("takes lines as long as a line may be", async () => {
    stage.append(20, 250_000);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    assert.equal(await stage.gateway.metric(GIVEN_UP), 0);
  });

  it("leaves a record that is no batch of lines behind, counts it, and reads on", async () => {
    const { kafka, indexer } = stage;
    await kafka.allow(`User:${INTRUDER}`, "TOPIC", TOPIC, ["WRITE", "DESCRIBE"]);
    await kafka.setUser(INTRUDER, "x");
    const client = kafka.clientOf(INTRUDER, "x");
    for (const partition of [0, 1, 2, 3])
      await kafka.run({ do: "produce", topic: TOPIC, partition, value: "no batch of lines", client });
    stage.append(100);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    const failed = () => indexer.metric("otelcol_kafka_receiver_unmarshal_failed_log_records");
    await until(async () => (await failed()) === 4, "each is counted");
    await until(async () => (await stage.lag()) === 0, "none holds up its partition");
  });

  it("has the series of every alert rule", async () => {
    const metrics = await Promise.all([stage.gateway.metrics(), stage.indexer.metrics()]);
    assertSeries(RULES, metrics);
  });

  it("gives the gateway no right to read, the indexer none to write, and a stranger neither", async () => {
    const { kafka } = stage;
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
      // What the two may do, the other tests show: the collectors do it.
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

  it("goes by client certificates, and keeps lines while it trusts another authority than the brokers'", async () => {
    const { kafka, gateway } = stage;
    await allowGateway(kafka, CERTIFICATE_USER);
    await allowIndexer(kafka, CERTIFICATE_USER);
    const client = { tlsSecretRef: { name: "kafka-certificate" } };
    const output = kafkaConfig(kafka, { brokers: kafka.tlsBrokers, gateway: client, indexer: client });
    // Without a CA of its own it trusts the system's.
    await stage.reconfigure("gateway", { ...output, caSecretRef: undefined });
    stage.append(100);
    await until(
      async () => /certificate signed by unknown authority/.test(gateway.log()),
      "the gateway does not trust the broker",
    );
    assert.ok((await stage.waiting("kafka")) > 0);
    await Promise.all([stage.reconfigure("gateway", output), stage.reconfigure("indexer", output)]);
    stage.append(100);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
  });

  it("keeps lines until their topic is made", async () => {
    const { kafka, gateway } = stage;
    const topic = "made-later";
    await kafka.allow(`User:${GATEWAY_USER.name}`, "TOPIC", topic, ["WRITE", "DESCRIBE"]);
    await stage.reconfigure("gateway", kafkaConfig(kafka, { topic }));
    stage.append(100);
    await until(async () => (await stage.waiting("kafka")) > 0, "they wait");
    await until(
      async () => /UNKNOWN_TOPIC_OR_PARTITION|does not host this topic/.test(gateway.log()),
      "the broker knows no such topic",
    );
    assert.equal(await gateway.metric(GIVEN_UP), 0);
    await kafka.createTopic(topic, 1);
    await until(async () => (await stage.waiting("kafka")) === 0, "they are in the topic");
    const [only] = await kafka.offsets(topic, GROUP);
    assert.ok(only && only.end > 0);
  });
});
