import type { Answer } from "../../node-program/http-client";

export interface RetryPolicy {
  /** How long an operation is tried again, in milliseconds from its first failure. */
  budgetMs: number;
  firstWaitMs: number;
  maxWaitMs: number;
}

/** Within the five minutes of the default schedule, so that the next pass finds this one ended. */
export const RETRY_POLICY: RetryPolicy = { budgetMs: 120_000, firstWaitMs: 500, maxWaitMs: 15_000 };

/** A server that did not do its work for as long as it is waited for. */
export class Unavailable extends Error {}

/** Statuses that say "later": too many requests, and a server or proxy in trouble. */
export function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Milliseconds of a `Retry-After` header in seconds. */
export function retryAfterMs(response: Answer): number | undefined {
  const seconds = Number(response.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** Waits between the tries of one operation: exponential, with jitter so that clients don't come back at once. */
export class Backoff {
  private started: number | undefined;
  private tries = 0;

  constructor(
    private readonly policy: RetryPolicy,
    private readonly server: string,
  ) {}

  /** @throws Unavailable when the budget is used up. */
  async wait(reason: string, atLeastMs = 0): Promise<void> {
    const now = Date.now();
    this.started ??= now;
    const { budgetMs, firstWaitMs, maxWaitMs } = this.policy;
    const backoff = Math.min(maxWaitMs, firstWaitMs * 2 ** this.tries);
    const delay = Math.max(atLeastMs, backoff * (0.5 + Math.random() / 2));
    if (now - this.started + delay > budgetMs)
      throw new Unavailable(
        `${this.server}: ${reason}, after ${this.tries + 1} tries in ${budgetMs / 1000} s`,
      );
    this.tries += 1;
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
}
