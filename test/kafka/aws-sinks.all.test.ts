import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { Moto } from "../rigs/eks/moto";
import {
  AwsDestinations,
  atMoto,
  BUCKET,
  CREDENTIALS,
  LOG_GROUP,
  PREFIX,
  REGION,
} from "../rigs/kafka/aws-destinations";
import { TOPIC } from "../rigs/kafka/kafka-rig";
import { KafkaStage, until } from "../rigs/kafka/kafka-stage";
import { keepRunning, sinkCollector } from "../rigs/kafka/sink-rig";
import type { Collector } from "../rigs/pipeline/collector-process";

describe("CloudWatch Logs and S3 beside Elasticsearch", function () {
  this.timeout(300_000);
  let stage: KafkaStage;
  let moto: Moto;
  let aws: AwsDestinations;
  let folder: string;
  let cloudwatch: { collector: Collector; group: string };
  let s3: { collector: Collector; group: string };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "security-stack-aws-sinks-"));
    const tools = await ensureTools(["moto"]);
    [stage, moto] = await Promise.all([KafkaStage.create(), Moto.start(tools.moto)]);
    aws = new AwsDestinations(moto.url);
    const rig = { folder, kafka: stage.kafka, env: CREDENTIALS, adapt: atMoto(moto.url) };
    cloudwatch = await sinkCollector({
      ...rig,
      output: { cloudwatch: { logGroup: LOG_GROUP, region: REGION, retentionDays: 30 } },
    });
    s3 = await sinkCollector({ ...rig, output: { s3: { bucket: BUCKET, prefix: PREFIX, region: REGION } } });
  });
  after(async () => {
    await Promise.all([cloudwatch?.collector.end("SIGKILL"), s3?.collector.end("SIGKILL")]);
    await stage?.destroy();
    await aws?.close();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const lag = async ({ collector, group }: { collector: Collector; group: string }) => {
    await keepRunning(collector);
    return stage.kafka.lag(TOPIC, group);
  };
  const stored = async () => {
    const sources = await stage.server.client.sources(INDICES.events, "event.id");
    return sources.map((source) => (source as { event: { id: string } }).event.id).sort();
  };
  const distinct = (ids: readonly string[]) => [...new Set(ids)].sort();

  it("has every document in the log group, which is made with its retention", async () => {
    await Promise.all([stage.rig.start(), cloudwatch.collector.start(), s3.collector.start()]);
    stage.append(1000);
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await lag(cloudwatch)) === 0, "all is committed");
    assert.deepEqual(distinct(await aws.logged()), await stored());
    // One of the exporter's senders sets it, after another may have found the group there.
    await until(async () => (await aws.retentionDays()) === 30, "the log group has its retention");
  });

  it("waits for a bucket that is not there, and holds up nobody else meanwhile", async () => {
    await until(async () => {
      await keepRunning(s3.collector);
      return s3.collector.log().includes("NoSuchBucket");
    }, "it is refused");
    assert.ok((await lag(s3)) > 0);
    await aws.makeBucket();
    await until(async () => (await lag(s3)) === 0, "all is committed");
    assert.deepEqual(distinct(await aws.archived()), await stored());
  });

  it("writes what is read again after a kill with the same ids, below the prefix, by hour", async () => {
    await s3.collector.end("SIGKILL");
    stage.append(500);
    await s3.collector.start();
    assert.deepEqual(await stage.delivery(), stage.everyLine);
    await until(async () => (await lag(s3)) === 0, "all is committed");
    assert.deepEqual(distinct(await aws.archived()), await stored());
    for (const key of await aws.keys())
      assert.match(key, new RegExp(`^${PREFIX}/year=\\d{4}/month=\\d\\d/day=\\d\\d/hour=\\d\\d/documents-`));
  });
});
