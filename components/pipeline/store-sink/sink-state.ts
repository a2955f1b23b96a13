import type { Taken } from "../../forwarding/forward";

/** How a sink does, for its probes and for Prometheus. */
export class SinkState {
  private sent = 0;
  private refused = 0;
  private failures = 0;
  private triedAt: number;
  /** When all was sent that was there a minute before. */
  private caughtUpAt: number;
  private works = false;

  constructor(
    private readonly id: string,
    private readonly intervalMs: number,
    started: number,
  ) {
    this.triedAt = started;
    this.caughtUpAt = started;
  }

  begins(now: number): void {
    this.triedAt = now;
  }

  took({ sent, refused }: Taken, now: number): void {
    this.sent += sent;
    this.refused += refused.length;
    this.triedAt = now;
  }

  passed(isCaughtUp: boolean, now: number): void {
    this.works = true;
    if (isCaughtUp) this.caughtUpAt = now;
  }

  failed(): void {
    this.works = false;
    this.failures += 1;
  }

  /** Whether its last pass came to its end. */
  isReady(): boolean {
    return this.works;
  }

  /** Whether it still tries: each request of a pass has a time limit. */
  isAlive(now: number): boolean {
    return now - this.triedAt < 10 * this.intervalMs + 600_000;
  }

  /** In Prometheus' text format. */
  metrics(now: number): string {
    const series = {
      security_sink_documents_sent_total: ["counter", this.sent],
      security_sink_documents_refused_total: ["counter", this.refused],
      security_sink_failures_total: ["counter", this.failures],
      security_sink_behind_seconds: ["gauge", Math.round((now - this.caughtUpAt) / 1000)],
    } as const;
    return Object.entries(series)
      .map(([name, [type, value]]) => `# TYPE ${name} ${type}\n${name}{sink="${this.id}"} ${value}\n`)
      .join("");
  }
}
