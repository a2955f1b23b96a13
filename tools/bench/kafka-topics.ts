import { setTimeout as sleep } from "node:timers/promises";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import type { KafkaBrokers } from "../../test/rigs/kafka/brokers";
import { kafkaPipeline } from "../../test/rigs/kafka/kafka-rig";
import type { PipelineRig } from "../../test/rigs/pipeline/rig";
import type { ElasticsearchServer } from "../dev/elasticsearch/server";
import { say } from "../dev/say";
import { parsingNode } from "./pipeline-bare";
import { FALCO_LINES } from "./pipeline-loads";
import { writeLines } from "./pipeline-throughput";

export const PARTITIONS = 12;
/** As many keys, and so partitions that have something. */
const NODES = 12;
const LINES_OF_NODE = 8000;
export const LINES = NODES * LINES_OF_NODE;

/** Topics with the same lines of several nodes: as the gateway sends them, parsed, and as the documents that an indexer makes. */
export const TOPICS = { raw: "bench-raw", parsed: "bench-parsed", documents: "bench-documents" } as const;
type Content = keyof typeof TOPICS;

export async function fillTopics(kafka: KafkaBrokers, server: ElasticsearchServer): Promise<void> {
  for (const [content, topic] of Object.entries(TOPICS)) {
    say(`filling ${topic} ...`);
    await kafka.createTopic(topic, PARTITIONS);
    for (let node = 0; node < NODES; node += 1) await fillFrom(kafka, server, content as Content, node);
  }
}

async function fillFrom(
  kafka: KafkaBrokers,
  server: ElasticsearchServer,
  content: Content,
  node: number,
): Promise<void> {
  const env = { KUBE_NODE_NAME: `node-${node}` };
  const rig = await kafkaPipeline(server, kafka, { topic: TOPICS[content] }, { env });
  try {
    if (content === "parsed")
      rig.node.writeConfig(withHost(parsingNode(rig.node.config, FALCO_LINES.tool), node));
    if (content === "documents") rig.gateway.writeConfig(makingDocuments(rig));
    writeLines(rig.logFile("falco", "events.log"), FALCO_LINES, LINES_OF_NODE, node * LINES_OF_NODE);
    await rig.gateway.start();
    await rig.node.start();
    const sent = () => rig.gateway.metric("otelcol_exporter_sent_log_records", { exporter: "kafka" });
    while ((await sent()) < LINES_OF_NODE) await sleep(50);
  } finally {
    await rig.destroy();
  }
}

/** A gateway that does the indexer's work before Kafka. */
function makingDocuments({ gateway, indexer }: PipelineRig): CollectorConfig {
  const { processors, connectors, service } = indexer!.config;
  const { receivers, exporters } = gateway.config;
  const instead = (ids: readonly string[], from: string, to: string) =>
    ids.map((id) => (id === from ? to : id));
  const pipelines = Object.entries(service.pipelines).map(([id, pipeline]) => [
    id,
    {
      ...pipeline,
      receivers: instead(pipeline.receivers, "kafka", "otlp"),
      exporters: instead(pipeline.exporters, "elasticsearch", "kafka"),
    },
  ]);
  return {
    ...gateway.config,
    receivers: { otlp: receivers["otlp"]! },
    processors,
    ...(connectors ? { connectors } : {}),
    exporters: { kafka: exporters["kafka"]! },
    service: { ...gateway.config.service, pipelines: Object.fromEntries(pipelines) },
  };
}

/** With an attribute of the node, which is the key of the record in Kafka: ours has it of its own. */
function withHost(config: CollectorConfig, node: number): CollectorConfig {
  const attributes = [{ key: "host.name", value: `node-${node}`, action: "upsert" }];
  const logs = config.service.pipelines["logs"]!;
  const pipelines = { logs: { ...logs, processors: [...(logs.processors ?? []), "resource"] } };
  return {
    ...config,
    processors: { ...config.processors, resource: { attributes } },
    service: { ...config.service, pipelines },
  };
}
