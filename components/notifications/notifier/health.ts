/** How the program is, as its probes ask. */
export class Health {
  private passedAt: number;
  private triedAt: number;

  constructor(
    private readonly intervalMs: number,
    started: number,
  ) {
    this.passedAt = 0;
    this.triedAt = started;
  }

  tried(now: number): void {
    this.triedAt = now;
  }

  passed(now: number): void {
    this.passedAt = now;
  }

  /** Whether it still makes passes: each request of one has a time limit. */
  isHealthy(now: number): boolean {
    return now - this.triedAt < 10 * this.intervalMs + 300_000;
  }

  /** Whether all was asked and posted lately. */
  isReady(now: number): boolean {
    return now - this.passedAt < 5 * this.intervalMs + 60_000;
  }
}
