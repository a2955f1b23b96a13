import type { CollectorComponent } from "../documents/documents";
import { HEALTH_PORT } from "./pipeline-names";

/** A collector's configuration file as an object, in the collector's own terms. */
export interface CollectorConfig {
  receivers: Record<string, CollectorComponent>;
  processors: Record<string, CollectorComponent>;
  exporters: Record<string, CollectorComponent>;
  connectors?: Record<string, CollectorComponent>;
  extensions: Record<string, CollectorComponent>;
  service: {
    extensions: string[];
    pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }>;
    telemetry: CollectorComponent;
  };
}

/** The pod's own address: a health check on localhost is not reachable for the kubelet. */
const POD_IP = "${env:POD_IP}";

/**
 * A port of the pod's own address, which may be an IPv6 one: in brackets, which Go's `net.SplitHostPort` takes off
 * either family. Without them the collector ends with "too many colons in address".
 */
export function ownAddress(port: number): string {
  return `[${POD_IP}]:${port}`;
}

export const HEALTH_CHECK: CollectorComponent = { endpoint: ownAddress(HEALTH_PORT) };

/**
 * The collector's metrics for Prometheus and its log as JSON lines. What `resource` names is in the metric
 * `target_info` and in every line of the log.
 */
export function telemetry(metricsPort: number, resource: Record<string, string> = {}): CollectorComponent {
  return {
    resource,
    logs: { encoding: "json" },
    metrics: {
      // A host of its own, which is joined to the port with brackets where it needs them (otelconf 0.23, metric.go).
      readers: [{ pull: { exporter: { prometheus: { host: POD_IP, port: metricsPort } } } }],
    },
  };
}

/**
 * Refuses data, which the sender then retries, before the container is killed for its memory. In percent of the
 * container's limit (otelcol memorylimiterprocessor README).
 */
export const MEMORY_LIMITER: CollectorComponent = {
  check_interval: "1s",
  limit_percentage: 80,
  spike_limit_percentage: 20,
};

/**
 * A queue on disk, which survives a kill of the process. A database that a crash of the node damaged is put
 * aside instead of stopping the collector for good.
 */
export function queueStorage(directory: string): CollectorComponent {
  return {
    directory,
    create_directory: true,
    recreate: true,
    // When it is drained, not at the start: that would need the room of the full queue a second time.
    compaction: { directory, on_rebound: true, cleanup_on_start: true },
  };
}

/**
 * Reads a file that nobody writes: a pipeline needs a receiver, also one that is there only for its exporter to send what
 * its queue has.
 */
export function idleReceiver(folder: string): CollectorComponent {
  return { include: [`${folder}/none`], poll_interval: "1h" };
}

/** Retry without end: the queue on disk is what bounds an outage, and it makes its sender wait. */
export const ENDLESS_RETRY: CollectorComponent = {
  enabled: true,
  initial_interval: "1s",
  max_interval: "10s",
  max_elapsed_time: "0s",
};

/**
 * The longest line that becomes a document. A hundred lines are in memory at a time (pkg/stanza 0.152,
 * DefaultMaxBatchSize), several times over: a hundred of the default 1 MiB would be more than the container has.
 */
export const MAX_LINE = "256KiB";

/** More than one line in the gateway's form of it: a larger record is dropped (exporterhelper, MergeSplit). */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** What a gateway accepts in one message: a batch and the overhead of its encoding. */
export const MAX_MESSAGE_MIB = 16;
