import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { HttpClient } from "../../components/node-program/http-client";
import { issueCertificates } from "../../components/pipeline/certificates";
import { SINK_AUTH_FOLDER, SINK_CA_FOLDER } from "../../components/pipeline/pipeline-names";
import { freePorts } from "../../tools/dev/cluster/ports";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { Moto } from "../rigs/eks/moto";
import { ClusterWithRights } from "../rigs/forwarding/cluster-with-rights";
import { PlannedProgram, plannedManifests } from "../rigs/forwarding/planned-program";
import { PodIdentityStandIn } from "../rigs/forwarding/pod-identity";
import { AwsDestinations, BUCKET, LOG_GROUP, PREFIX, REGION } from "../rigs/kafka/aws-destinations";
import { OtlpReceiver } from "../rigs/kafka/otlp-receiver";
import { emptyElasticsearch } from "../rigs/test-server";
import { assertSeries } from "../support/metrics/rule-series";
import { storeGolden } from "../support/ocsf/stored";

const RULES = path.join(__dirname, "..", "..", "components", "pipeline", "prometheus-rules-store-sinks.yaml");
const TOKEN = "dGhlIGZpcnN0";
const NEXT_TOKEN = "dGhlIG5leHQ=";
const OTLP = "sink-otlp-siem";
const CLOUDWATCH = "sink-cloudwatch";
const S3 = "sink-s3";

describe("sinks that read from the real Elasticsearch", function () {
  this.timeout(400_000);
  let server: ElasticsearchServer;
  let cluster: ClusterWithRights;
  let moto: Moto;
  let aws: AwsDestinations;
  let identity: PodIdentityStandIn;
  let receiver: OtlpReceiver;
  let folder: string;
  let stored: string[];
  const sinks = new Map<string, PlannedProgram>();
  const ports = new Map<string, number>();

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-store-sinks-"));
    const tools = await ensureTools(["moto"]);
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 2 });
    [server, cluster, moto, identity, receiver] = await Promise.all([
      emptyElasticsearch(),
      ClusterWithRights.start("store-sinks", "security-pipeline"),
      Moto.start(tools.moto),
      PodIdentityStandIn.start(folder),
      OtlpReceiver.create(folder, certificates, TOKEN),
    ]);
    aws = new AwsDestinations(moto.url);
    await aws.makeBucket();
    const manifests = plannedManifests({
      output: {
        otlp: [
          {
            name: "siem",
            endpoint: receiver.url,
            headers: { "X-Scope-OrgID": "security" },
            auth: { secretRef: { name: "siem" } },
            caSecretRef: { name: "siem-ca" },
          },
        ],
        cloudwatch: { logGroup: LOG_GROUP, region: REGION, retentionDays: 30 },
        s3: { bucket: BUCKET, prefix: PREFIX, region: REGION },
      },
    });
    await cluster.apply(manifests);
    fs.writeFileSync(path.join(folder, "sink-token"), TOKEN);
    fs.writeFileSync(path.join(folder, "sink-ca.crt"), certificates.caCertificate);
    const adapt = (_: string, text: string) =>
      text
        .replace(/https:\/\/(logs|s3)\.[\w-]+\.amazonaws\.com/, moto.url)
        .replace(`${SINK_AUTH_FOLDER}/token`, path.join(folder, "sink-token"))
        .replace(`${SINK_CA_FOLDER}/ca.crt`, path.join(folder, "sink-ca.crt"));
    const free = await freePorts(3);
    for (const [i, name] of [OTLP, CLOUDWATCH, S3].entries()) {
      ports.set(name, free[i]!);
      const env = { ...identity.env, INTERVAL_SECONDS: "0.2", METRICS_PORT: String(free[i]) };
      const options = { name, folder, manifests, cluster, server, env, adapt };
      sinks.set(name, await PlannedProgram.create(options));
    }
    stored = await storeGolden(server, "event", 3000);
  });
  after(async () => {
    await Promise.all([...sinks.values()].map((sink) => sink.end("SIGKILL")));
    await Promise.all([receiver?.end(), moto?.stop(), identity?.stop(), aws?.close(), cluster?.stop()]);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const distinct = (ids: readonly string[]) => [...new Set(ids)].sort();
  const everyOne = () => [...stored].sort();

  /** All that is stored now counts as a minute old to the sink. */
  async function settle(...names: string[]): Promise<void> {
    for (const name of names) {
      await waitUntil(`${name} has seen all`, async () => {
        const position = await cluster.position(name);
        if (!position?.seen) return false;
        const sum = Object.values(position.seen.last).reduce((all, last) => all + last + 1, 0);
        if (sum >= stored.length) return true;
        await cluster.aMinuteLater(name);
        return false;
      });
      await cluster.aMinuteLater(name);
    }
  }

  /** What its pod answers to the kubelet and to Prometheus. */
  async function ask(name: string, path: string) {
    const client = new HttpClient({ url: `http://127.0.0.1:${ports.get(name)}` });
    try {
      return await client.request({ method: "GET", path });
    } finally {
      await client.close();
    }
  }

  it("one that is away holds up no other, and nothing is lost", async () => {
    for (const sink of sinks.values()) sink.start();
    await settle(OTLP, CLOUDWATCH, S3);
    await waitUntil(
      "the bucket has all",
      async () => distinct(await aws.archived()).length === stored.length,
    );
    await waitUntil(
      "the log group has all",
      async () => distinct(await aws.logged()).length === stored.length,
    );
    assert.deepEqual(distinct(await aws.archived()), everyOne());
    assert.deepEqual(distinct(await aws.logged()), everyOne());
    assert.equal(await aws.retentionDays(), 30);
    assert.match(sinks.get(OTLP)!.log(), /will try again: .*ECONNREFUSED|will try again: localhost/);
    await receiver.start();
    await waitUntil("the receiver has all", async () => receiver.received().ids.length >= stored.length);
    assert.deepEqual(receiver.received().ids.sort(), everyOne());
  });

  it("write each object once, below the prefix, by hour", async () => {
    assert.equal((await aws.archived()).length, stored.length);
    for (const key of await aws.keys())
      assert.match(
        key,
        new RegExp(
          `^${PREFIX}/year=\\d{4}/month=\\d\\d/day=\\d\\d/hour=\\d\\d/documents-[\\w.-]+\\.ndjson\\.gz$`,
        ),
      );
  });

  it("send documents as they are, with their severity", () => {
    const { body, severity } = receiver.received();
    const { event } = body as { event: { module: string; id: string } };
    assert.ok(stored.includes(event.id));
    assert.match(severity, /^(critical|high|medium|low|informational)$/);
  });

  it("go on where they were killed, with a new token without a restart, and log neither", async () => {
    await sinks.get(S3)!.end("SIGKILL");
    receiver.expect(NEXT_TOKEN);
    fs.writeFileSync(path.join(folder, "sink-token"), NEXT_TOKEN);
    await waitUntil("the receiver has read it", async () => receiver.expectsAnother);
    stored.push(...(await storeGolden(server, "later", 700)));
    sinks.get(S3)!.start();
    await settle(OTLP, CLOUDWATCH, S3);
    await waitUntil(
      "the bucket has all",
      async () => distinct(await aws.archived()).length === stored.length,
    );
    await waitUntil(
      "the receiver has all",
      async () => distinct(receiver.received().ids).length === stored.length,
    );
    await waitUntil(
      "the log group has all",
      async () => distinct(await aws.logged()).length === stored.length,
    );
    assert.equal((await aws.archived()).length, stored.length);
    for (const sink of sinks.values())
      for (const secret of [TOKEN, NEXT_TOKEN]) assert.ok(!sink.log().includes(secret));
  });

  it("have the series of every alert rule, and are ready", async () => {
    const answers = await Promise.all([OTLP, CLOUDWATCH, S3].map((name) => ask(name, "/metrics")));
    assertSeries(
      RULES,
      answers.map(({ body }) => body),
    );
    for (const name of [OTLP, CLOUDWATCH, S3]) assert.equal((await ask(name, "/ready")).status, 200);
  });

  it("send all again where their position is taken away, each with the id that it had", async () => {
    assert.equal(await sinks.get(OTLP)!.end("SIGTERM"), 0);
    const before = receiver.received().ids.length;
    await cluster.setPosition(OTLP, undefined);
    sinks.get(OTLP)!.start();
    await settle(OTLP);
    await waitUntil("all came again", async () => receiver.received().ids.length >= before + stored.length);
    assert.deepEqual(distinct(receiver.received().ids), everyOne());
  });
});
