import { DEAD_LETTER } from "../../documents/ocsf/convert";
import { log } from "../../node-program/json-log";
import type { EventTexts } from "./event-texts";

/** What it came to, for Prometheus and the log. */
export class TopicState {
  private events = 0;
  private failures = 0;
  private readonly refused = new Map<string, number>();

  /** Of documents that the topic has or that are left out. */
  took({ events, refused }: EventTexts): void {
    this.events += events.length;
    const counts = new Map<string, number>();
    for (const reason of refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    for (const [reason, count] of counts) this.refused.set(reason, (this.refused.get(reason) ?? 0) + count);
    // Whoever writes lines that are none of a tool's is not to fill the log.
    counts.delete(DEAD_LETTER);
    if (counts.size > 0) log("error", "documents became no event", { reasons: Object.fromEntries(counts) });
  }

  failed(): void {
    this.failures += 1;
  }

  /** In Prometheus' text format. The reasons are a few fixed sentences. */
  metrics(): string {
    const reasons = [...this.refused, ...(this.refused.size > 0 ? [] : [[DEAD_LETTER, 0] as const])];
    return [
      "# TYPE security_ocsf_events_total counter",
      `security_ocsf_events_total ${this.events}`,
      "# TYPE security_ocsf_failures_total counter",
      `security_ocsf_failures_total ${this.failures}`,
      "# TYPE security_ocsf_refused_total counter",
      ...reasons.map(([reason, count]) => `security_ocsf_refused_total{reason="${reason}"} ${count}`),
      "",
    ].join("\n");
  }
}
