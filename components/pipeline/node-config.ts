import type { Namespaces } from "../core/contract/namespaces";
import type { CollectorComponent, PlannedFragment } from "../documents/documents";
import {
  type CollectorConfig,
  ENDLESS_RETRY,
  HEALTH_CHECK,
  idleReceiver,
  MAX_BATCH_BYTES,
  MAX_LINE,
  MEMORY_LIMITER,
  queueStorage,
  telemetry,
} from "./collector-config";
import { TOOL_ATTRIBUTE } from "./document-processor";
import { gatewayHost, OTLP_PORT, STATE_FOLDER, TLS_FOLDER } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const CHECKPOINTS = "file_storage/checkpoints";
const QUEUE = "file_storage/queue";

/**
 * The configuration of the collector on each node: read the sensors' files, hand the lines to the gateway. The
 * lines are not looked into here: parsing one costs several times what reading and sending it does, and this is
 * the part that every node pays for.
 */
export function nodeConfig(
  fragments: readonly PlannedFragment[],
  config: PipelineConfig,
  namespaces: Namespaces,
): CollectorConfig {
  const receivers = fragments.flatMap(deliveringReceivers);
  const pipelines = fragments.map((fragment) => [`logs/${fragment.tool}`, pipeline(fragment)]);
  return {
    receivers: fragments.length > 0 ? Object.fromEntries(receivers) : { [IDLE]: idleReceiver(STATE_FOLDER) },
    processors: {
      memory_limiter: MEMORY_LIMITER,
      ...Object.fromEntries(fragments.map(({ tool }) => [`resource/${tool}`, origin(tool)])),
      ...Object.fromEntries(fragments.flatMap(scrubProcessor)),
    },
    exporters: { otlp_grpc: gatewayExporter(config, namespaces) },
    extensions: {
      health_check: HEALTH_CHECK,
      [CHECKPOINTS]: { directory: `${STATE_FOLDER}/checkpoints`, create_directory: true, recreate: true },
      [QUEUE]: queueStorage(`${STATE_FOLDER}/queue`),
    },
    service: {
      extensions: ["health_check", CHECKPOINTS, QUEUE],
      pipelines: fragments.length > 0 ? Object.fromEntries(pipelines) : { "logs/none": IDLE_PIPELINE },
      telemetry: telemetry(config.metrics.port, { "k8s.node.name": "${env:KUBE_NODE_NAME}" }),
    },
  };
}

/**
 * A collector needs one receiver and one pipeline, or it doesn't start. Without a sensor it has one that reads a file
 * which nobody writes: its exporter still sends what the queue holds of sensors that were on before.
 */
const IDLE = "file_log/none";
const IDLE_PIPELINE = { receivers: [IDLE], processors: ["memory_limiter"], exporters: ["otlp_grpc"] };

function pipeline(fragment: PlannedFragment) {
  const { tool, receivers } = fragment;
  return {
    receivers: Object.keys(receivers),
    processors: ["memory_limiter", `resource/${tool}`, ...scrubProcessor(fragment).map(([id]) => id)],
    exporters: ["otlp_grpc"],
  };
}

/**
 * What a tool's lines must not carry beyond the node goes before the exporter's queue, which is on disk. "propagate": a
 * statement that fails keeps the lines back rather than letting them through as they are.
 */
function scrubProcessor({ tool, scrub }: PlannedFragment): [string, CollectorComponent][] {
  if (!scrub) return [];
  const log_statements = scrub.map(({ where, statements, mayFail }) => ({
    ...(mayFail ? { error_mode: "silent" } : {}),
    conditions: [where],
    statements,
  }));
  return [[`transform/${tool}`, { error_mode: "propagate", log_statements }]];
}

/** Who wrote the line, and where. */
function origin(tool: string): CollectorComponent {
  return {
    attributes: [
      { action: "upsert", key: TOOL_ATTRIBUTE, value: tool },
      { action: "upsert", key: "host.name", value: "${env:KUBE_NODE_NAME}" },
    ],
  };
}

function deliveringReceivers({ receivers }: PlannedFragment): [string, CollectorComponent][] {
  return Object.entries(receivers).map(([id, receiver]) => [
    id,
    id.split("/")[0] === "file_log" ? { ...receiver, ...FILE_DELIVERY } : receiver,
  ]);
}

/** What every file receiver has, so that no line is lost or read twice. */
const FILE_DELIVERY: CollectorComponent = {
  start_at: "beginning",
  storage: CHECKPOINTS,
  // As it is: to look at each character costs a tenth of the CPU time here. Whoever makes documents decodes it.
  encoding: "utf-8-raw",
  // Full queue: wait, and with it the file. The default drops after five minutes. A kill loses nothing while it
  // waits; an end in order loses the batch in hand, at most a hundred lines of a file (fileconsumer 0.152 moves on
  // whatever came of it: opentelemetry-collector-contrib #47908).
  retry_on_failure: { ...ENDLESS_RETRY, max_interval: "5s" },
  // The beginning of a longer line is one dead letter; "split" would make one of each part of it. A line that is still
  // being written when the file is read is two: at the end of the file fileconsumer 0.152 forgets that it is skipping
  // (trim.ToLengthWithTruncate), and takes what comes after it for a line. A part of a JSON object is not one itself, so
  // it is never an event.
  max_log_size: MAX_LINE,
  max_log_size_behavior: "truncate",
  include_file_name: false,
};

function gatewayExporter(config: PipelineConfig, namespaces: Namespaces): CollectorComponent {
  return {
    // Every address of the headless Service, in turn; the gateway ends connections now and then, so that new
    // ones reach new replicas.
    endpoint: `dns:///${gatewayHost(namespaces)}:${OTLP_PORT}`,
    balancer_name: "round_robin",
    // A third of gzip's CPU time here, for lines that shrink to a fifth instead of a tenth.
    compression: "snappy",
    tls: {
      ca_file: `${TLS_FOLDER}/ca.crt`,
      cert_file: `${TLS_FOLDER}/tls.crt`,
      key_file: `${TLS_FOLDER}/tls.key`,
      reload_interval: "1m",
      min_version: "1.3",
    },
    timeout: "30s",
    retry_on_failure: ENDLESS_RETRY,
    sending_queue: {
      storage: QUEUE,
      sizer: "bytes",
      queue_size: config.queue.nodeMegabytes * 1024 * 1024,
      // Refusing, not blocking: a full queue then shows in the log and in `enqueue_failed`, and what was refused
      // is sent again all the same.
      block_on_overflow: false,
      num_consumers: 8,
      batch: {
        flush_timeout: "200ms",
        min_size: fullBatch(config),
        max_size: MAX_BATCH_BYTES,
        sizer: "bytes",
      },
    },
  };
}

/**
 * Bytes from which on what was read of the queue is sent. A hundred lines of 1 KB, which are an item of it: the fewer items
 * are in the queue, the less is written for each. Its database writes up to three neighbours of an item anew whenever one
 * is added, read or removed (bbolt 1.4, `minKeysPerPage`; the queue's own record is a neighbour of the newest one): with
 * 1 MB it was 14.6 KB for a line of 1.5 KB, with this 7.3. Where the gateway counts events of a pod, it counts those of a batch.
 */
function fullBatch({ eventLimit }: PipelineConfig): number {
  return eventLimit.perPod === undefined ? 100_000 : 1_000_000;
}
