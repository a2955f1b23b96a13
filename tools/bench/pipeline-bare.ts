import type { CollectorComponent } from "../../components/documents/documents";
import type { CollectorConfig } from "../../components/pipeline/collector-config";

/**
 * What ours is measured against: the shortest configuration that does the same transport, with the defaults of
 * every component. Addresses, certificates and credentials are taken from ours.
 */

export const BARE_INDEX = "security-bare";

const BODYMAP = 'set(scope.attributes["elastic.mapping.mode"], "bodymap")';

/** Takes the gateway's place: receives over the same TLS, and throws away. */
export function sink(gateway: CollectorConfig): CollectorConfig {
  return pipeline(gateway, { otlp: gateway.receivers["otlp"]! }, {}, { debug: { verbosity: "basic" } });
}

/** Nothing but a file and where it goes. */
export function bareNode(node: CollectorConfig, tool: string): CollectorConfig {
  const { include } = node.receivers[`file_log/${tool}`]!;
  return pipeline(node, { file_log: { include, start_at: "beginning" } }, {}, { otlp_grpc: bareOtlp(node) });
}

/** The source for {@link bareGateway}: records are documents already, so that nothing is left to do but to store. */
export function parsingNode(node: CollectorConfig, tool: string): CollectorConfig {
  const { include } = node.receivers[`file_log/${tool}`]!;
  const operators = [{ type: "json_parser", parse_to: "body" }];
  return pipeline(
    node,
    { file_log: { include, start_at: "beginning", operators } },
    { transform: { log_statements: [BODYMAP] } },
    { otlp_grpc: bareOtlp(node) },
  );
}

/** Nothing but an OTLP receiver and Elasticsearch. */
export function bareGateway(gateway: CollectorConfig): CollectorConfig {
  const { endpoints, auth, tls } = gateway.exporters["elasticsearch"]!;
  return pipeline(
    gateway,
    { otlp: gateway.receivers["otlp"]! },
    {},
    { elasticsearch: { endpoints, auth, tls, logs_index: BARE_INDEX } },
  );
}

/**
 * Nothing but Kafka and Elasticsearch; of what it reads with its defaults, a crash loses records.
 * @param index Where it writes; without it where each record says, under the `_id` that it says.
 */
export function bareIndexer(
  indexer: CollectorConfig,
  { topic, group, index }: { topic: string; group: string; index: string | undefined },
): CollectorConfig {
  const { brokers, tls, auth } = indexer.receivers["kafka"]!;
  const { endpoints, auth: credential, tls: authority } = indexer.exporters["elasticsearch"]!;
  const logs = { topics: [topic], encoding: "otlp_proto" };
  const into = index === undefined ? { logs_dynamic_id: { enabled: true } } : { logs_index: index };
  return pipeline(
    indexer,
    { kafka: { brokers, tls, auth, logs, group_id: group, initial_offset: "earliest" } },
    {},
    { elasticsearch: { endpoints, auth: credential, tls: authority, ...into } },
  );
}

function bareOtlp(node: CollectorConfig): CollectorComponent {
  const { endpoint, tls } = node.exporters["otlp_grpc"]!;
  // By default what is read faster than it is sent is dropped.
  return { endpoint, tls, sending_queue: { block_on_overflow: true } };
}

function pipeline(
  base: CollectorConfig,
  receivers: Record<string, CollectorComponent>,
  processors: Record<string, CollectorComponent>,
  exporters: Record<string, CollectorComponent>,
): CollectorConfig {
  // Authentication is an extension; a queue on disk is what the bare one does without.
  const extensions = Object.fromEntries(
    Object.entries(base.extensions).filter(([id]) => !id.startsWith("file_storage")),
  );
  return {
    receivers,
    processors,
    exporters,
    extensions,
    service: {
      extensions: Object.keys(extensions),
      pipelines: {
        logs: {
          receivers: Object.keys(receivers),
          processors: Object.keys(processors),
          exporters: Object.keys(exporters),
        },
      },
      telemetry: base.service.telemetry,
    },
  };
}
