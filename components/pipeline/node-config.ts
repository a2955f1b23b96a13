import type { CollectorComponent, CollectorFragment, Namespaces } from "../feature";
import {
  type CollectorConfig,
  ENDLESS_RETRY,
  HEALTH_CHECK,
  MAX_BATCH_BYTES,
  MAX_LINE,
  MEMORY_LIMITER,
  queueStorage,
  telemetry,
} from "./collector-config";
import type { PipelineConfig } from "./config";
import { POD_LABEL_PREFIX, TOOL_ATTRIBUTE } from "./document";
import { gatewayHost, OTLP_PORT, STATE_FOLDER, TLS_FOLDER } from "./names";

const CHECKPOINTS = "file_storage/checkpoints";
const QUEUE = "file_storage/queue";

/** The configuration of the collector on each node: read the sensors' files, name the pod, hand to the gateway. */
export function nodeConfig(
  fragments: readonly CollectorFragment[],
  config: PipelineConfig,
  namespaces: Namespaces,
): CollectorConfig {
  const receivers = Object.fromEntries(fragments.flatMap(deliveringReceivers));
  return {
    receivers,
    processors: { memory_limiter: MEMORY_LIMITER, k8s_attributes: K8S_ATTRIBUTES },
    exporters: { otlp_grpc: gatewayExporter(config, namespaces) },
    extensions: {
      health_check: HEALTH_CHECK,
      [CHECKPOINTS]: { directory: `${STATE_FOLDER}/checkpoints`, create_directory: true, recreate: true },
      [QUEUE]: queueStorage(`${STATE_FOLDER}/queue`),
    },
    service: {
      extensions: ["health_check", CHECKPOINTS, QUEUE],
      // One pipeline for all: each would have a k8s_attributes of its own, with a watch on the API server.
      pipelines: {
        logs: {
          receivers: Object.keys(receivers),
          processors: ["memory_limiter", "k8s_attributes"],
          exporters: ["otlp_grpc"],
        },
      },
      telemetry: telemetry(config.metrics.port),
    },
  };
}

function deliveringReceivers(fragment: CollectorFragment): [string, CollectorComponent][] {
  return Object.entries(fragment.receivers).map(([id, receiver]) => {
    const resource = { [TOOL_ATTRIBUTE]: fragment.tool, "host.name": "${env:KUBE_NODE_NAME}" };
    const settings = id.split("/")[0] === "file_log" ? FILE_DELIVERY : {};
    return [id, { ...receiver, ...settings, resource }];
  });
}

/** What every file receiver has, so that no line is lost or read twice. */
const FILE_DELIVERY: CollectorComponent = {
  start_at: "beginning",
  storage: CHECKPOINTS,
  // Full queue: wait, and with it the file. The default drops after five minutes.
  retry_on_failure: { ...ENDLESS_RETRY, max_interval: "5s" },
  // A longer line is one dead letter; "split" would make one of each MiB of it.
  max_log_size: MAX_LINE,
  max_log_size_behavior: "truncate",
  include_file_path: true,
  include_file_name: false,
  include_file_record_offset: true,
};

/** Looks the pod up by the name that the event gives; never by the connection, which is the collector's own. */
const K8S_ATTRIBUTES: CollectorComponent = {
  auth_type: "serviceAccount",
  filter: { node_from_env_var: "KUBE_NODE_NAME" },
  extract: {
    metadata: ["k8s.namespace.name", "k8s.pod.name", "k8s.pod.uid"],
    labels: [{ tag_name: `${POD_LABEL_PREFIX}$$1`, key_regex: "(.*)", from: "pod" }],
  },
  pod_association: [
    { sources: [{ from: "resource_attribute", name: "k8s.pod.uid" }] },
    {
      sources: [
        { from: "resource_attribute", name: "k8s.namespace.name" },
        { from: "resource_attribute", name: "k8s.pod.name" },
      ],
    },
  ],
};

function gatewayExporter(config: PipelineConfig, namespaces: Namespaces): CollectorComponent {
  return {
    // Every address of the headless Service, in turn; the gateway ends connections now and then, so that new
    // ones reach new replicas.
    endpoint: `dns:///${gatewayHost(namespaces)}:${OTLP_PORT}`,
    balancer_name: "round_robin",
    tls: {
      ca_file: `${TLS_FOLDER}/ca.crt`,
      cert_file: `${TLS_FOLDER}/tls.crt`,
      key_file: `${TLS_FOLDER}/tls.key`,
      reload_interval: "1m",
      min_version: "1.3",
    },
    // A gateway with a full queue answers when it has room.
    timeout: "30s",
    retry_on_failure: ENDLESS_RETRY,
    sending_queue: {
      storage: QUEUE,
      sizer: "bytes",
      queue_size: config.queue.nodeMegabytes * 1024 * 1024,
      // Refusing, not blocking: a full queue then shows in the log and in `enqueue_failed`, and what was refused is
      // sent again all the same.
      block_on_overflow: false,
      num_consumers: 2,
      batch: { flush_timeout: "200ms", min_size: 512 * 1024, max_size: MAX_BATCH_BYTES, sizer: "bytes" },
    },
  };
}
