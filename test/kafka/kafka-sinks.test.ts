import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueCertificates } from "../../components/pipeline/certificates";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { TOPIC } from "../rigs/kafka/kafka-rig";
import { KafkaStage, until } from "../rigs/kafka/kafka-stage";
import { OtlpReceiver } from "../rigs/kafka/otlp-receiver";
import { keepRunning, SINK_USER, sinkCollector } from "../rigs/kafka/sink-rig";
import type { Collector } from "../rigs/pipeline/collector-process";
import { assertSeries } from "../support/metrics/rule-series";

const RULES = join(__dirname, "..", "..", "components", "pipeline", "prometheus-rules-sinks.yaml");
const TOKEN = "dGhlIGZpcnN0";
const NEXT_TOKEN = "dGhlIG5leHQ=";

describe("a sink beside Elasticsearch", function () {
  this.timeout(300_000);
  let stage: KafkaStage;
  let folder: string;
  let receiver: OtlpReceiver;
  let sink: Collector;
  let group: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "security-stack-sinks-"));
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 2 });
    [stage, receiver] = await Promise.all([
      KafkaStage.create(),
      OtlpReceiver.create(folder, certificates, TOKEN),
    ]);
    ({ collector: sink, group } = await sinkCollector({
      folder,
      kafka: stage.kafka,
      output: {
        otlp: {
          name: "siem",
          endpoint: receiver.url,
          headers: { "X-Scope-OrgID": "security" },
          auth: { secretRef: { name: "siem" } },
          caSecretRef: { name: "siem-ca" },
        },
      },
      secrets: { auth: { token: TOKEN }, ca: { "ca.crt": certificates.caCertificate } },
    }));
  });
  after(async () => {
    await sink?.end("SIGKILL");
    await receiver?.end();
    await stage?.destroy();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const lag = async () => {
    await keepRunning(sink);
    return stage.kafka.lag(TOPIC, group);
  };
  /** Of the documents that Elasticsearch has. */
  const stored = async () => {
    const sources = await stage.server.client.sources(INDICES.events, "event.id");
    return sources.map((source) => (source as { event: { id: string } }).event.id).sort();
  };
  const received = () => [...new Set(receiver.received().ids)].sort();

  it("holds up nothing while what it sends to is away", async () => {
    await Promise.all([stage.rig.start(), sink.start()]);
    stage.append(1000);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await stage.lag()) === 0, "the indexers have committed all");
    await until(async () => (await lag()) > 0, "the sink has committed nothing");
    await until(async () => sink.log().includes("Exporting failed. Will retry"), "it tries again");
  });

  it("sends all of it once its destination is back, killed meanwhile", async () => {
    await sink.end("SIGKILL");
    await Promise.all([receiver.start(), sink.start()]);
    const someCame = async () => {
      await keepRunning(sink);
      return receiver.received().ids.length > 0;
    };
    await until(someCame, "some have come");
    await sink.end("SIGKILL");
    stage.append(1000);
    await sink.start();
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await lag()) === 0, "the sink has committed all");
    // The receiver writes its file a moment after it has answered.
    const expected = await stored();
    await until(async () => received().length >= expected.length, "the receiver has written them");
    assert.deepEqual(received(), expected);
    assert.equal(await sink.metric("otelcol_exporter_send_failed_log_records"), 0);
  });

  it("sends the documents that Elasticsearch has, with their severity", () => {
    const { body, severity } = receiver.received();
    const { event, rule } = body as { event: { module: string }; rule: { name: string } };
    assert.deepEqual([event.module, rule.name], ["falco", "Read sensitive file untrusted"]);
    assert.equal(severity, "medium");
  });

  it("has the series of every alert rule", async () => {
    assertSeries(RULES, await Promise.all([stage.gateway.metrics(), sink.metrics()]));
  });

  it("goes on with a new token without a restart, and logs neither", async () => {
    receiver.expect(NEXT_TOKEN);
    writeFileSync(join(folder, "otlp-siem", "sink-auth", "token"), NEXT_TOKEN);
    const haveRead = async () => sink.log().includes("refresh token") && receiver.expectsAnother;
    await until(haveRead, "both have read the new one");
    stage.append(100);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await lag()) === 0, "the sink has committed all");
    // The receiver writes its file a moment after it has answered.
    const expected = await stored();
    await until(async () => received().length >= expected.length, "the receiver has written them");
    assert.deepEqual(received(), expected);
    for (const secret of [TOKEN, NEXT_TOKEN, SINK_USER.password])
      assert.ok(!sink.log().includes(secret), "a secret is in the log");
  });
});
