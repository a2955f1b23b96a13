import { collectorConfigsOf, sendingExporters } from "../kubernetes/collector-config";
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
  fix: "set retry_on_failure.max_elapsed_time: 0 and sending_queue.storage to a file_storage extension",
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
      for (const { id, settings } of sendingExporters(config)) {
        const where = `${config.key}, exporters.${id}`;
        const retry = retryProblem(settings, endlessRetries);
        if (retry) report.violation({ where, found: retry, allowed: "retries without end" });
        const queue = queueProblem(
          settings,
          config.extensions.map((extension) => extension.id),
        );
        if (queue)
          report.violation({ where, found: queue, allowed: "a queue with the storage of an extension" });
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

function queueProblem(settings: unknown, extensions: readonly string[]): string | undefined {
  if (at(settings, "sending_queue", "enabled") === false) return "sending_queue.enabled: false";
  const storage = textAt(settings, "sending_queue", "storage");
  return storage !== undefined && extensions.includes(storage)
    ? undefined
    : `sending_queue.storage: ${shown(storage)}`;
}
