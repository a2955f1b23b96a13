import * as fs from "node:fs";
import { startCluster } from "../cluster/cluster";
import { LocalStack } from "../engine/local-stack";
import { newTable } from "../table";
import { writeBareProgram } from "./bare-program";
import { median, PeakMemory } from "./measure";

const RUNS = 5;
const BOUND = 1.3;

/** Warm preview of the dev stack against a bare program of as many objects, in turn, on one cluster. */
export async function benchPreview(): Promise<boolean> {
  const cluster = await startCluster({ name: "bench", ephemeral: true });
  const peak = new PeakMemory();
  const { kubeconfigPath } = cluster;
  const ours = new LocalStack({ kubeconfigPath, engine: "bench", env: peak.env });
  let bareFolder: string | undefined;
  try {
    await run(ours, "up");
    const objects = await countObjects(ours);
    bareFolder = writeBareProgram(objects);
    const bare = new LocalStack({ kubeconfigPath, engine: "bench-bare", directory: bareFolder });
    await run(bare, "up");
    const times = await alternate(ours, bare);
    return report(objects, times, peak.megabytes());
  } finally {
    await cluster.stop();
    peak.remove();
    if (bareFolder) fs.rmSync(bareFolder, { recursive: true, force: true });
  }
}

interface Times {
  ours: number[];
  bare: number[];
}

async function alternate(ours: LocalStack, bare: LocalStack): Promise<Times> {
  const times: Times = { ours: [], bare: [] };
  await timePreview(ours);
  await timePreview(bare);
  for (let i = 0; i < RUNS; i++) {
    times.ours.push(await timePreview(ours));
    times.bare.push(await timePreview(bare));
    process.stderr.write(`preview ${i + 1} of ${RUNS}\n`);
  }
  return times;
}

async function timePreview(stack: LocalStack): Promise<number> {
  const started = performance.now();
  await run(stack, "preview", ["--expect-no-changes"]);
  return (performance.now() - started) / 1000;
}

async function run(
  stack: LocalStack,
  operation: "up" | "preview",
  args: readonly string[] = [],
): Promise<void> {
  const unasked = operation === "up" ? ["--yes", "--skip-preview"] : [];
  const result = await stack.run(operation, [...unasked, ...args], true);
  if (result.code !== 0) throw new Error(`pulumi ${operation} failed:\n${result.stdout}${result.stderr}`);
}

async function countObjects(stack: LocalStack): Promise<number> {
  const { deployment } = await stack.state();
  return (deployment.resources ?? []).filter(({ type }) => type.startsWith("kubernetes:")).length;
}

function report(objects: number, times: Times, megabytes: number): boolean {
  const ratio = median(times.ours.map((time, i) => time / times.bare[i]!));
  const table = newTable([`warm preview, ${objects} objects`, "median", "min", "max"]);
  for (const [name, values] of [
    ["dev stack", times.ours],
    ["as many ConfigMaps", times.bare],
  ] as const)
    table.push([
      name,
      ...[median(values), Math.min(...values), Math.max(...values)].map((s) => `${s.toFixed(1)} s`),
    ]);
  console.log(table.toString());
  const held = ratio <= BOUND;
  console.log(
    `ratio ${ratio.toFixed(2)} (median of ${RUNS} pairs), bound ${BOUND}: ${held ? "held" : "NOT HELD"}`,
  );
  console.log(`peak memory of the program ${Math.round(megabytes)} MiB`);
  return held;
}
