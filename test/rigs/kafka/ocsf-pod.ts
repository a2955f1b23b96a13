import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "kubernetes-types/apps/v1";
import { CONVERTED_ADDRESS, DOCUMENTS_ADDRESS } from "../../../components/core/contract/document-converter";
import { HttpClient } from "../../../components/node-program/http-client";
import type { CollectorConfig } from "../../../components/pipeline/collector-config";
import { freePorts } from "../../../tools/dev/cluster/ports";
import type { Collector } from "../pipeline/collector-process";
import { PodProcess } from "../response/process";
import type { KafkaBrokers } from "./brokers";
import { allowReader, configOf, plannedCollector, plannedWithKafka } from "./sink-rig";

export const OCSF_TOPIC = "security-ocsf";
export const OCSF_USER = { name: "stack-ocsf", password: "0c5f" };
const ID = "ocsf";
const GROUP = "security-ocsf";
const PARTITIONS = 2;

/** The two containers of the pod that writes events to a topic as processes, with what the plan has for them. */
export class OcsfPod {
  private constructor(
    readonly kafka: KafkaBrokers,
    readonly collector: Collector,
    readonly program: PodProcess,
    private readonly metricsUrl: string,
  ) {}

  /** Its topic is made, and its user may read, and not write yet: {@link allowWriter}. Nothing runs. */
  static async create(folder: string, kafka: KafkaBrokers): Promise<OcsfPod> {
    await kafka.createTopic(OCSF_TOPIC, PARTITIONS);
    await allowReader(kafka, OCSF_USER, GROUP);
    const client = { saslSecretRef: { name: "kafka-ocsf", username: OCSF_USER.name } };
    const manifests = plannedWithKafka(kafka, {}, [{ name: ID, config: { kafka: client } }]);
    const [documents, events, metrics] = (await freePorts(3)) as [number, number, number];
    const local = (text: string) =>
      text
        .replaceAll(DOCUMENTS_ADDRESS, `127.0.0.1:${documents}`)
        .replaceAll(CONVERTED_ADDRESS, `127.0.0.1:${events}`);
    const config = JSON.parse(local(JSON.stringify(configOf(manifests, ID)))) as CollectorConfig;
    const collector = await plannedCollector({ id: ID, folder, kafka, config, password: OCSF_USER.password });
    const { command, env } = converterOf(manifests);
    const home = join(folder, "converter");
    mkdirSync(home);
    const file = join(home, "ocsf.js");
    const map = manifests.find(({ metadata }) => metadata.name === "ocsf-converter-program");
    if (map?.kind !== "ConfigMap") throw new Error("the plan has no program");
    writeFileSync(file, map.data!["ocsf.js"]!);
    const metricsUrl = `http://127.0.0.1:${metrics}`;
    const program = new PodProcess({
      program: process.execPath,
      args: [...command!.slice(1, -1), file],
      env: {
        ...Object.fromEntries(env!.map(({ name, value }) => [name, local(value!)])),
        METRICS_PORT: String(metrics),
      },
      logFile: join(home, "ocsf.log"),
      isReady: () => text(metricsUrl, "/ready").then(Boolean, () => false),
    });
    return new OcsfPod(kafka, collector, program, metricsUrl);
  }

  async start(): Promise<void> {
    await Promise.all([this.collector.start(), this.program.start()]);
  }

  async end(): Promise<void> {
    await Promise.all([this.collector.end("SIGKILL"), this.program.end()]);
  }

  /** Records of lines whose events it has not committed. */
  lag(topic: string): Promise<number> {
    return this.kafka.lag(topic, GROUP);
  }

  /** The events of the topic. */
  async events(): Promise<Record<string, unknown>[]> {
    return (await this.kafka.texts(OCSF_TOPIC)).map((one) => JSON.parse(one));
  }

  /** The program's metrics. */
  metrics(): Promise<string> {
    return text(this.metricsUrl, "/metrics");
  }
}

/** What docs/kafka.md gives its user beside what every reader has. */
export async function allowWriter(kafka: KafkaBrokers): Promise<void> {
  await kafka.allow(`User:${OCSF_USER.name}`, "TOPIC", OCSF_TOPIC, ["WRITE", "DESCRIBE"]);
}

function converterOf(manifests: ReturnType<typeof plannedWithKafka>) {
  const found = manifests.find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === `sink-${ID}`,
  );
  const [, converter] = (found as Deployment).spec!.template.spec!.containers;
  return converter!;
}

async function text(url: string, path: string): Promise<string> {
  const client = new HttpClient({ url }, { timeoutMs: 5000 });
  try {
    const { status, body } = await client.request({ method: "GET", path });
    if (status !== 200) throw new Error(`${path}: ${status}`);
    return body || "ok";
  } finally {
    await client.close();
  }
}
