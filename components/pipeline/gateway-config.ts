import type { CollectorComponent, PlannedFragment } from "../documents/documents";
import { literal } from "../documents/ottl";
import type { Indices, Store } from "../documents/store";
import { parseQuantity } from "../kubernetes/quantity";
import {
  type CollectorConfig,
  HEALTH_CHECK,
  MAX_BATCH_BYTES,
  MAX_MESSAGE_MIB,
  MEMORY_LIMITER,
  ownAddress,
  queueStorage,
  telemetry,
} from "./collector-config";
import {
  type DocumentTargets,
  documentProcessor,
  TOOL_ATTRIBUTE,
  unknownToolProcessor,
} from "./document-processor";
import { filterProcessors } from "./filters";
import { type LimitProcessors, limitProcessors } from "./limit";
import {
  ELASTICSEARCH_AUTH_FOLDER,
  ELASTICSEARCH_CA_FOLDER,
  OTLP_PORT,
  STATE_FOLDER,
  TLS_FOLDER,
} from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const QUEUE = "file_storage/queue";
const API_KEY = "bearertokenauth/elasticsearch";
const UNKNOWN = "logs/unknown";

/** The configuration of the gateway: sort the records by tool, make documents of them, store these. */
export function gatewayConfig(
  fragments: readonly PlannedFragment[],
  config: PipelineConfig,
  elasticsearch: Store,
  clusterName: string,
): CollectorConfig {
  const { indices } = elasticsearch;
  const targets = { deadLetter: indices.deadLetter, clusterName };
  const costs = fragments.map(({ tool }) => costProcessors(tool, config));
  return {
    receivers: { otlp: OTLP },
    processors: {
      memory_limiter: MEMORY_LIMITER,
      ...Object.fromEntries(fragments.map((fragment) => documentProcessorOf(fragment, targets, indices))),
      ...Object.fromEntries(costs.flatMap(({ before, after }) => [...before, ...after])),
      "transform/unknown": unknownToolProcessor({ ...targets, index: indices.deadLetter }),
    },
    ...(fragments.length > 0 ? { connectors: { routing: routing(fragments) } } : {}),
    exporters: { elasticsearch: elasticsearchExporter(config, elasticsearch) },
    extensions: {
      health_check: HEALTH_CHECK,
      [QUEUE]: queueStorage(`${STATE_FOLDER}/queue`),
      [API_KEY]: {
        scheme: "ApiKey",
        filename: `${ELASTICSEARCH_AUTH_FOLDER}/${elasticsearch.authSecretRef.key}`,
      },
    },
    service: {
      extensions: ["health_check", QUEUE, API_KEY],
      pipelines: fragments.length > 0 ? byTool(fragments, costs) : { [UNKNOWN]: allUnknown() },
      telemetry: telemetry(config.metrics.port),
    },
  };
}

function byTool(fragments: readonly PlannedFragment[], costs: readonly LimitProcessors[]) {
  return {
    "logs/in": { receivers: ["otlp"], processors: ["memory_limiter"], exporters: ["routing"] },
    ...Object.fromEntries(
      fragments.map((fragment, i) => [pipelineOf(fragment), toElasticsearch(fragment.tool, costs[i])]),
    ),
    [UNKNOWN]: toElasticsearch("unknown"),
  };
}

/**
 * Without a sensor there is nothing to route, and a routing table may not be empty (routingconnector 0.152, config.go).
 * The gateway stays for what is still in its queue and in those of the nodes.
 */
function allUnknown() {
  return {
    receivers: ["otlp"],
    processors: ["memory_limiter", "transform/unknown"],
    exporters: ["elasticsearch"],
  };
}

function pipelineOf(fragment: PlannedFragment): string {
  return `logs/${fragment.tool}`;
}

/** Around the processor that makes documents: what keeps their number down. */
function costProcessors(tool: string, { filters, eventLimit }: PipelineConfig): LimitProcessors {
  const { before, after } = limitProcessors(tool, eventLimit);
  return { before, after: [...filterProcessors(tool, filters), ...after] };
}

function toElasticsearch(tool: string, { before, after }: LimitProcessors = { before: [], after: [] }) {
  const ids = (processors: LimitProcessors["before"]) => processors.map(([id]) => id);
  const processors = [...ids(before), `transform/${tool}`, ...ids(after)];
  return { receivers: ["routing"], processors, exporters: ["elasticsearch"] };
}

function documentProcessorOf(
  fragment: PlannedFragment,
  targets: Omit<DocumentTargets, "index">,
  indices: Indices,
): [string, CollectorComponent] {
  const processor = documentProcessor(fragment, { ...targets, index: indices[fragment.index] });
  return [`transform/${fragment.tool}`, processor];
}

const OTLP: CollectorComponent = {
  protocols: {
    grpc: {
      endpoint: ownAddress(OTLP_PORT),
      max_recv_msg_size_mib: MAX_MESSAGE_MIB,
      tls: {
        cert_file: `${TLS_FOLDER}/tls.crt`,
        key_file: `${TLS_FOLDER}/tls.key`,
        client_ca_file: `${TLS_FOLDER}/ca.crt`,
        client_ca_file_reload: true,
        reload_interval: "1m",
        min_version: "1.3",
      },
      keepalive: { server_parameters: { max_connection_age: "5m", max_connection_age_grace: "1m" } },
    },
  },
};

function routing(fragments: readonly PlannedFragment[]): CollectorComponent {
  return {
    error_mode: "silent",
    default_pipelines: [UNKNOWN],
    table: fragments.map((fragment) => ({
      context: "resource",
      condition: `attributes[${literal(TOOL_ATTRIBUTE)}] == ${literal(fragment.tool)}`,
      pipelines: [pipelineOf(fragment)],
    })),
  };
}

/**
 * Everything that may pass is retried without end, and waits in the queue on disk meanwhile: this exporter has no
 * retry of its own behind the queue, so what it gives up is gone (elasticsearchexporter 0.152, bulkindexer.go).
 * - `timeout: 0`: the default of 90 s is for all retries together, so a longer outage loses data. A dead
 *   connection ends by TCP.
 * - 401 and 403: a key that has expired or lost a right; the new one is read from its file without a restart.
 * - 404: an index that may not be made yet.
 * With the defaults of `timeout` and `retry`, 79,174 of 81,361 lines were lost to 100 s without Elasticsearch; with
 * these none (test/pipeline/durability.test.ts).
 * What Elasticsearch will never take is 400, a document that does not fit its mapping: counted in
 * `otelcol_elasticsearch_docs_processed`, and alerted on.
 */
function elasticsearchExporter(config: PipelineConfig, elasticsearch: Store): CollectorComponent {
  const caFile = `${ELASTICSEARCH_CA_FOLDER}/${elasticsearch.caSecretRef?.key}`;
  return {
    endpoints: elasticsearch.endpoints,
    auth: { authenticator: API_KEY },
    tls: elasticsearch.caSecretRef
      ? { ca_file: caFile, reload_interval: "1m" }
      : { include_system_ca_certs_pool: true },
    timeout: "0s",
    retry: {
      enabled: true,
      max_retries: Number.MAX_SAFE_INTEGER,
      initial_interval: "200ms",
      max_interval: "10s",
      retry_on_status: [401, 403, 404, 408, 429, 500, 502, 503, 504],
    },
    logs_dynamic_id: { enabled: true },
    // A line that was read again after a crash has the same _id; its conflict is what removes the duplicate.
    suppress_conflict_errors: true,
    // Says why a document was refused without writing the document into the log.
    include_source_on_error: false,
    sending_queue: {
      storage: QUEUE,
      sizer: "bytes",
      queue_size: queueBytes(config),
      // Refusing, not blocking: a full queue then shows in the log and in `enqueue_failed`, and what was refused is
      // sent again all the same.
      block_on_overflow: false,
      num_consumers: 4,
      batch: {
        flush_timeout: config.flushInterval,
        min_size: 1_000_000,
        max_size: MAX_BATCH_BYTES,
        sizer: "bytes",
      },
    },
  };
}

/**
 * Half of the volume: the rest is for the database's own pages, for the holes between items (which are stored in one
 * piece each), and for its compaction. With two thirds, a volume of 24 MiB ran full. It never must: at its start the
 * queue deletes what was being sent before it puts it in again, and it gives up an item whose reading it can't write
 * down (exporterhelper 0.152, internal/queue/persistent_queue.go).
 */
function queueBytes(config: PipelineConfig): number {
  return Math.floor((parseQuantity(config.queue.gatewaySize) ?? 0) / 2);
}
