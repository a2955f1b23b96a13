import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { OcsfValidator, officialSchemas } from "../../tools/dev/ocsf/official-schema";
import { newTable } from "../../tools/dev/table";
import { GATEWAY_USER, GROUP, INDEXER_USER, TOPIC } from "../rigs/kafka/kafka-rig";
import { KafkaStage, until } from "../rigs/kafka/kafka-stage";
import { allowWriter, OCSF_TOPIC, OCSF_USER, OcsfPod } from "../rigs/kafka/ocsf-pod";
import { keepRunning } from "../rigs/kafka/sink-rig";
import { longTest } from "../support/long-test";
import { assertSeries } from "../support/metrics/rule-series";

const RULES = join(__dirname, "..", "..", "components", "ocsf", "prometheus-rules-ocsf-topic.yaml");

describe("OCSF events in a topic of Kafka, made of what passes through it", function () {
  this.timeout(300_000);
  let stage: KafkaStage;
  let folder: string;
  let pod: OcsfPod;
  let validator: OcsfValidator;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "security-stack-ocsf-topic-"));
    const [started, schemas] = await Promise.all([KafkaStage.create(), officialSchemas()]);
    stage = started;
    validator = new OcsfValidator(schemas);
    pod = await OcsfPod.create(folder, stage.kafka);
  });
  after(async () => {
    await pod?.end();
    await stage?.destroy();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const allWritten = () =>
    until(async () => {
      await keepRunning(pod.collector);
      return (await stage.lag()) === 0 && (await pod.lag(TOPIC)) === 0;
    }, "all is stored, and all events are written");
  /** Ids of the documents that Elasticsearch has, but for dead letters, which become no event. */
  const stored = async () => {
    const { deadLetter: _, ...indices } = INDICES;
    const sources = await stage.server.client.sources(Object.values(indices).join(","), "event.id");
    return sources.map((source) => (source as { event: { id: string } }).event.id);
  };
  const uid = (event: Record<string, unknown>) => (event["metadata"] as { uid: string }).uid;
  /** @returns the events of the topic, of which there is one at least for each document, and none besides */
  const asStored = async () => {
    await allWritten();
    const events = await pod.events();
    const made = new Set(events.map(uid));
    const documents = new Set(await stored());
    const without = [...documents].filter((id) => !made.has(id));
    const besides = events.filter((event) => !documents.has(uid(event)));
    assert.deepEqual({ without, besides }, { without: [], besides: [] });
    return events;
  };

  it("waits until it may write, keeps its place meanwhile, and holds up nobody", async () => {
    await Promise.all([stage.rig.start(), pod.start()]);
    stage.append(500);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => pod.collector.log().includes("TOPIC_AUTHORIZATION_FAILED"), "it is refused");
    await until(
      async () => /^security_ocsf_failures_total [1-9]/m.test(await pod.metrics()),
      "it is counted",
    );
    assert.ok((await pod.lag(TOPIC)) > 0);
    await allowWriter(stage.kafka);
    await asStored();
  });

  it("has an event of every document of every sensor, each valid by the official schema", async () => {
    for (const { collector } of FEATURES)
      for (const { file, lines, pod: ofPod } of collector?.samples() ?? [])
        if (ofPod === undefined)
          appendFileSync(stage.rig.logFile(collector!.tool, file), `${lines.join("\n")}\n`);
    await until(async () => (await stored()).length > stage.written + 40, "they are stored");
    const events = await asStored();
    const counts = new Map<string, number>();
    for (const event of events) {
      assert.equal(validator.problem(event), undefined, JSON.stringify(event));
      const name = String((event["metadata"] as { product: { name: string } }).product.name);
      const row = `${name}: ${event["class_uid"]}`;
      counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    const table = newTable(["product: class", "events in the topic"]);
    for (const row of [...counts].sort()) table.push(row);
    console.log(table.toString());
  });

  longTest("loses none while the program and the collector are killed", async () => {
    const { collector, program } = pod;
    const parts = [
      { end: () => program.end(), start: () => program.start() },
      { end: () => collector.end("SIGKILL"), start: () => collector.start() },
    ];
    for (const { end, start } of parts) {
      const before = (await pod.events()).length;
      stage.append(500);
      await until(async () => (await pod.events()).length > before, "some are written");
      await end();
      stage.append(500);
      await until(async () => (await pod.lag(TOPIC)) > 0, "lines wait");
      await start();
    }
    await asStored();
  });

  it("leaves behind what is no record of the gateways, and counts lines that became no document", async () => {
    const { kafka } = stage;
    await kafka.setUser("intruder", "x");
    await kafka.allow("User:intruder", "TOPIC", TOPIC, ["WRITE", "DESCRIBE"]);
    const client = kafka.clientOf("intruder", "x");
    await kafka.run({ do: "produce", topic: TOPIC, partition: 0, value: "no batch of lines", client });
    const events = (await pod.events()).length;
    appendFileSync(stage.logFile, "no JSON\n");
    stage.append(10);
    await until(async () => (await pod.events()).length === events + 10, "the others are written");
    await allWritten();
    const foreign = "otelcol_kafka_receiver_unmarshal_failed_log_records";
    await until(async () => (await pod.collector.metric(foreign)) === 1, "the record is counted");
    assert.match(await pod.metrics(), /security_ocsf_refused_total\{reason="a dead letter"\} \d/);
  });

  it("has the series of every alert rule", async () => {
    assertSeries(RULES, [(await pod.metrics()).replace('reason="a dead letter"', 'reason="other"')]);
  });

  it("alone may write its topic, and may write no lines", async () => {
    const { kafka } = stage;
    const answer = async ({ name, password }: typeof OCSF_USER, topic: string) =>
      kafka
        .run({ do: "produce", topic, group: GROUP, value: "{}", client: kafka.clientOf(name, password) })
        .then(
          () => "yes",
          (error: Error) => error.message.replace(/Exception:.*/s, ""),
        );
    const found = [
      ["gateway writes events", await answer(GATEWAY_USER, OCSF_TOPIC)],
      ["indexer writes events", await answer(INDEXER_USER, OCSF_TOPIC)],
      ["ocsf writes lines", await answer(OCSF_USER, TOPIC)],
    ];
    const table = newTable(["who", "answer"]);
    table.push(...found);
    console.log(table.toString());
    assert.deepEqual(
      found.map(([, one]) => one),
      ["TopicAuthorization", "TopicAuthorization", "TopicAuthorization"],
    );
  });
});
