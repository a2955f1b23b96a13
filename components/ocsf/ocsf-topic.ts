import type { ConfigIssue } from "../core/config/config-error";
import { formatPath } from "../core/config/issues";
import type { PlanContext } from "../core/contract/context";
import {
  CONVERTED_ADDRESS,
  DOCUMENTS_ADDRESS,
  type DocumentConverter,
} from "../core/contract/document-converter";
import { IMAGES } from "../core/tables/pins";
import { SIDECARS } from "../core/tables/sizing";
import { nodeProgram } from "../node-program/bundle";
import { type ProgramPod, programConfigMap, programTemplate } from "../node-program/pod";
import type { EnvironmentInput } from "../node-program/settings";
import type { OcsfConfig } from "./ocsf-schema";
import type { TOPIC_ENVIRONMENT } from "./program/topic-settings";
import { programText } from "./program-text";

/** Of the pods that write to the topic, in the sizing table. */
export const OCSF_TOPIC = "ocsfTopic";

/** Beside the collector's own ports in the same pod. */
const METRICS_PORT = 8080;
const CONVERTER = "ocsf-converter";
const TOPIC_PATH = "kafka";

type TopicConfig = NonNullable<OcsfConfig["kafka"]>;

/** The program that makes events of the documents, to whose pod the pipeline adds a collector with Kafka's client. */
export function topicConverter(config: TopicConfig, context: PlanContext): DocumentConverter {
  const { namespaces, registry } = context;
  const { topic, consumerGroup, replicas, ...client } = config;
  const workload = context.workload(OCSF_TOPIC, "Deployment", IMAGES.otelCollector, { replicas });
  const program: ProgramPod = {
    name: CONVERTER,
    namespace: namespaces.restricted,
    configMap: `${CONVERTER}-program`,
    folder: "/opt/ocsf",
    files: { "ocsf.js": nodeProgram({ text: programText(registry.documents, "convertTopic") }) },
    workload: { ...workload, ...besideCollector(context, workload.replicas) },
    usesApiServer: false,
    isSmall: true,
    service: { healthPort: METRICS_PORT, portName: "converter" },
  };
  return {
    ...{ id: "ocsf", client, group: consumerGroup, topic },
    manifests: [programConfigMap(program)],
    template: programTemplate(program, { ...VARIABLES }),
    workload,
    metricsPort: METRICS_PORT,
  };
}

function besideCollector({ sideContainer }: PlanContext, replicas: number) {
  const { requests, limits } = SIDECARS.ocsfConverter;
  const container = { name: "ocsfConverter", kind: "Deployment" as const, replicas, requests, limits };
  return { image: sideContainer(container, IMAGES.node), resources: { requests, limits } };
}

const VARIABLES: EnvironmentInput<typeof TOPIC_ENVIRONMENT> = {
  DOCUMENTS_URL: `http://${DOCUMENTS_ADDRESS}`,
  EVENTS_URL: `http://${CONVERTED_ADDRESS}`,
  METRICS_PORT: String(METRICS_PORT),
};

/** What no schema can say of the topic: that there are lines to read, and that nobody else has its topic or group. */
export function topicIssues(
  { topic, consumerGroup: group, replicas }: TopicConfig,
  { kafka, sinks, configPath }: PlanContext,
): ConfigIssue[] {
  const at = (...keys: string[]) => formatPath([...configPath, TOPIC_PATH, ...keys]);
  if (!kafka) return [withoutKafka(at())];
  const groups = [kafka.consumerGroup, ...sinks.flatMap((sink) => sink.kafka?.consumerGroup ?? [])];
  const wrong = (key: string, found: string, allowed: string): ConfigIssue => ({
    ...{ code: "CFG003", path: at(key), found, allowed },
  });
  return [
    ...(topic === kafka.topic
      ? [wrong("topic", topic, "another topic than that of the lines: it would read what it writes")]
      : []),
    ...(groups.includes(group)
      ? [
          wrong(
            "consumerGroup",
            group,
            "a group that nobody else has: two readers of one group get half of the lines each",
          ),
        ]
      : []),
    ...(replicas > kafka.partitions
      ? [
          wrong(
            "replicas",
            String(replicas),
            "at most as many as output.kafka.partitions: more would have nothing to read",
          ),
        ]
      : []),
  ];
}

function withoutKafka(path: string): ConfigIssue {
  return {
    code: "CFG004",
    path: formatPath(["output", "kafka"]),
    found: `${path}, by which the events go to a topic`,
    allowed: "the brokers, and the topic that the documents are read from",
    fix: `configure output.kafka (docs/kafka.md), or leave ${path} out: the events are then made of what Elasticsearch has`,
  };
}
