import { setTimeout as sleep } from "node:timers/promises";
import type { Expectation } from "../model/scenario-schema";
import { explain, type Finding, look, type Scope } from "./expectation";
import type { FoundChain } from "./found-chain";
import type { Store } from "./store";

/** An expectation after its time. */
export interface Verdict {
  tool: string;
  what: string;
  /** `not run`: it could not have been found, whatever the attack did. */
  status: "passed" | "failed" | "not run";
  count: number;
  /** From the end of the steps to the moment at which it was found, in seconds; none where it was not. */
  latencySeconds?: number;
  withinSeconds: number;
  why: string[];
  evidence: Finding["evidence"];
  /** Of a chain of events: the correlation rule. */
  rule?: string;
  /** The chain, where it was found. */
  chain?: FoundChain | undefined;
}

export interface PollOptions {
  /** When the steps ended. */
  from: Date;
  intervalMs: number;
  signal?: AbortSignal;
  /** True once nothing more can come: ends the waiting early. */
  isComplete?: () => boolean;
}

/**
 * Looks again and again until it holds, its time is over, or nothing more can come. An Elasticsearch that does not
 * answer for a while (an index that is just being made answers 503) costs time and not the run.
 */
export async function waitFor(
  expectation: Expectation,
  store: Store,
  scope: Scope,
  options: PollOptions,
): Promise<Verdict> {
  if (expectation.notRun !== undefined) return notRun(expectation, expectation.notRun, scope);
  const deadline = options.from.getTime() + expectation.withinSeconds * 1000;
  for (;;) {
    options.signal?.throwIfAborted();
    const complete = options.isComplete?.() === true;
    const isOver = Date.now() >= deadline;
    try {
      const finding = await look(expectation, store, scope);
      if (finding.holds) return verdict(expectation, finding, secondsSince(options.from));
      if (isOver || complete) return await failed(expectation, finding, store, scope);
    } catch (error) {
      if (isOver) return unanswered(expectation, scope, error as Error);
    }
    await sleep(options.intervalMs, undefined, { signal: options.signal });
  }
}

function notRun(expectation: Expectation, why: string, { indices }: Scope): Verdict {
  const { tool, what, withinSeconds, query } = expectation;
  const evidence = { index: indices[query.index], query: {}, documents: [] };
  return { tool, what, status: "not run", count: 0, withinSeconds, why: [why], evidence };
}

function unanswered(expectation: Expectation, { indices }: Scope, error: Error): Verdict {
  const evidence = { index: indices[expectation.query.index], query: {}, documents: [] };
  return verdict(expectation, {
    holds: false,
    count: 0,
    why: [`could not look: ${error.message}`],
    evidence,
  });
}

async function failed(
  expectation: Expectation,
  finding: Finding,
  store: Store,
  scope: Scope,
): Promise<Verdict> {
  return { ...verdict(expectation, finding), why: await explain(finding, expectation, store, scope) };
}

function verdict(expectation: Expectation, finding: Finding, latencySeconds?: number): Verdict {
  const { tool, what, withinSeconds } = expectation;
  const { count, why, evidence } = finding;
  const status = finding.holds ? "passed" : "failed";
  return { tool, what, status, count, latencySeconds, withinSeconds, why, evidence };
}

function secondsSince(time: Date): number {
  return Math.max(0, Math.round((Date.now() - time.getTime()) / 10) / 100);
}
