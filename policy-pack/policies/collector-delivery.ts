import { type CollectorConfig, collectorConfigsOf, sendingExporters } from "../kubernetes/collector-config";
import { at, shown, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  endlessRetries: number;
}

export const collectorDelivery: ResourcePolicy<Config> = {
  name: "collector-delivery",
  rule: "A collector retries without end and queues on disk, so that an outage costs time and no data.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-04", "PR.IR-03"], iso: ["8.14", "8.15"], cis: [] },
  fix: "set retry_on_failure.max_elapsed_time: 0 and sending_queue.storage to a file_storage extension; behind Kafka alone, sending_queue.wait_for_result: true (or no queue) and message_marking.after: true of the receiver do as well",
  config: {
    endlessRetries: {
      type: "integer",
      minimum: 1,
      // At the longest wait of a minute between two, a million retries last two years.
      default: 1_000_000,
      description: "Retries that count as endless, for exporters that count them (`retry.max_retries`).",
    },
  },
  check(object, report, { endlessRetries }) {
    for (const config of collectorConfigsOf(object))
      for (const { id, type, settings } of sendingExporters(config)) {
        const where = `${config.key}, exporters.${id}`;
        const retry = retryProblem(settings, endlessRetries);
        if (retry) report.violation({ where, found: retry, allowed: "retries without end" });
        const queue = queueProblem(settings, config);
        if (queue)
          report.violation({ where, found: queue, allowed: "a queue with the storage of an extension" });
        if (type === "kafka" && at(settings, "producer", "required_acks") !== "all")
          report.violation({
            where,
            found: `producer.required_acks: ${shown(at(settings, "producer", "required_acks"))}`,
            allowed: "all",
          });
      }
  },
};

function retryProblem(settings: unknown, endlessRetries: number): string | undefined {
  const counted = at(settings, "retry");
  if (counted !== undefined) {
    if (at(counted, "enabled") === false) return "retry.enabled: false";
    const most = Number(at(counted, "max_retries") ?? 0);
    return most >= endlessRetries ? undefined : `retry.max_retries: ${shown(at(counted, "max_retries"))}`;
  }
  if (at(settings, "retry_on_failure", "enabled") === false) return "retry_on_failure.enabled: false";
  const longest = textAt(settings, "retry_on_failure", "max_elapsed_time");
  // Left out it is five minutes (opentelemetry-collector, config/configretry).
  return longest !== undefined && /^0(s|m|h)?$/.test(longest)
    ? undefined
    : `retry_on_failure.max_elapsed_time: ${shown(longest)}`;
}

function queueProblem(settings: unknown, config: CollectorConfig): string | undefined {
  const hasNone = at(settings, "sending_queue", "enabled") === false;
  const waits = hasNone || at(settings, "sending_queue", "wait_for_result") === true;
  if (waits && isReadAgain(config)) return undefined;
  if (hasNone) return "sending_queue.enabled: false";
  const storage = textAt(settings, "sending_queue", "storage");
  if (storage !== undefined && config.extensions.some(({ id }) => id === storage)) return undefined;
  return `sending_queue.storage: ${shown(storage)}`;
}

/**
 * True where all comes from Kafka, which keeps what was not answered for (kafkareceiver, README), or back from a program of the
 * same pod, which gets it from there.
 */
function isReadAgain({ receivers }: CollectorConfig): boolean {
  return (
    receivers.some(keepsUnanswered) && receivers.every((one) => keepsUnanswered(one) || isWithinPod(one))
  );
}

type Receiver = CollectorConfig["receivers"][number];

function keepsUnanswered({ type, settings }: Receiver): boolean {
  return (
    type === "kafka" &&
    at(settings, "message_marking", "after") === true &&
    at(settings, "message_marking", "on_error") !== true
  );
}

function isWithinPod({ type, settings }: Receiver): boolean {
  const protocols = Object.values(at(settings, "protocols") ?? {});
  return (
    type === "otlp" &&
    protocols.length > 0 &&
    protocols.every((one) => /^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(textAt(one, "endpoint") ?? ""))
  );
}
