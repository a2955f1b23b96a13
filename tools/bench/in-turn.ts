import { setTimeout as sleep } from "node:timers/promises";
import type { Collector } from "../../test/rigs/pipeline/collector-process";
import { say } from "../dev/say";
import { median } from "./measure";
import { cpuSeconds } from "./pipeline-usage";

const PAIRS = 5;
const PATIENCE_MS = 120_000;
/** The part of the lines after which the clock stops: the exporter's default is to keep its last batch for 10 s. */
const COUNTED = 0.85;

/** Of one run. Lines per second depend on what else the machine does, CPU time hardly. */
export interface Speed {
  linesPerSecond: number;
  /** Microseconds of CPU time a line, of the measured collectors. */
  cpuMicroseconds: number;
}

/** Medians of the runs, and the median of the ratios of each pair's lines per second. */
export interface Ratio {
  ours: Speed;
  bare: Speed;
  ratio: number;
}

/** Of one pair of runs. */
export interface Pair<Run> {
  ours: Run;
  bare: Run;
}

/**
 * Runs both by turns, in pairs: whatever else the machine does changes in the meantime. The first pair is the warm-up, as a
 * Java server is slow at first, and is left out.
 * @param text What is said of a pair.
 */
export async function pairsInTurn<Run>(
  what: string,
  { ours, bare }: Pair<() => Promise<Run>>,
  text: (pair: Pair<Run>) => string,
  pairs = PAIRS,
): Promise<Pair<Run>[]> {
  const measured: Pair<Run>[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const runs = new Map<() => Promise<Run>, Run>();
    for (const run of pair % 2 === 0 ? [ours, bare] : [bare, ours]) runs.set(run, await run());
    const both = { ours: runs.get(ours)!, bare: runs.get(bare)! };
    say(`${what}: pair ${pair} of ${pairs}: ${text(both)}`);
    if (pair > 0) measured.push(both);
  }
  return measured;
}

/** The speeds of both, by {@link pairsInTurn}. */
export async function inTurn(
  what: string,
  ours: () => Promise<Speed>,
  bare: () => Promise<Speed>,
  pairs = PAIRS,
): Promise<Ratio> {
  const measured = await pairsInTurn(what, { ours, bare }, tell, pairs);
  return {
    ours: middle(measured.map((pair) => pair.ours)),
    bare: middle(measured.map((pair) => pair.bare)),
    ratio: median(measured.map((pair) => pair.ours.linesPerSecond / pair.bare.linesPerSecond)),
  };
}

/** Both as text: `4270 of 7250 lines/s, CPU 217 and 40 us a line`. */
export function tell({ ours, bare }: Pick<Ratio, "ours" | "bare">): string {
  const cpu = [ours, bare].map(({ cpuMicroseconds }) => Math.round(cpuMicroseconds)).join(" and ");
  return `${Math.round(ours.linesPerSecond)} of ${Math.round(bare.linesPerSecond)} lines/s, CPU ${cpu} us a line`;
}

/** From the first line that `arrived` counts to most of `lines`; the start of the programs is not counted. */
export async function arrivalSpeed(
  arrived: () => Promise<number>,
  lines: number,
  collectors: readonly Collector[],
): Promise<Speed> {
  const cpu = () => collectors.reduce((sum, { processId }) => sum + cpuSeconds(processId!), 0);
  const first = { ...(await when(arrived, 1)), cpu: cpu() };
  const last = { ...(await when(arrived, lines * COUNTED)), cpu: cpu() };
  const counted = last.count - first.count;
  return {
    linesPerSecond: counted / (last.seconds - first.seconds),
    cpuMicroseconds: ((last.cpu - first.cpu) / counted) * 1_000_000,
  };
}

/** Waits for the count to come so far. */
async function when(arrived: () => Promise<number>, least: number) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const count = await arrived();
    if (count >= least) return { count, seconds: performance.now() / 1000 };
    if (Date.now() > deadline) throw new Error(`${count} of ${least} lines arrived in time`);
    await sleep(20);
  }
}

function middle(speeds: readonly Speed[]): Speed {
  return {
    linesPerSecond: median(speeds.map((speed) => speed.linesPerSecond)),
    cpuMicroseconds: median(speeds.map((speed) => speed.cpuMicroseconds)),
  };
}
