import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { elastic } from "../../components/elastic/elastic-feature";
import { FEATURES } from "../../components/registry";
import { checkout } from "../dev/cluster/folders";
import type { LocalStack, StateResource } from "../dev/engine/local-stack";
import { EXTERNAL_OUTPUT } from "../dev/engine/stack-config";
import { newTable } from "../dev/table";
import { median } from "./measure";

/** A kind of preview: what it is called, and how it is run. */
export interface Side {
  title: string;
  preview: () => Promise<void>;
}

/** The features of the dev stack. What is off there may need programs that the embedded cluster only simulates. */
export function devFeatures(): string[] {
  const values = loadFromFile(path.join(checkout, "Pulumi.dev.yaml"));
  return plan(parseConfig(values, FEATURES)).features.map(({ name }) => name);
}

/** The dev stack's config with these features on and all others off; the path of its file. */
export function devStackWith(features: readonly string[], folder: string): string {
  const toggle = FEATURES.map(({ name }) => [name, features.includes(name)] as const);
  return writeDevStack(folder, {
    toggle: Object.fromEntries(toggle),
    // Somebody has to run the Elasticsearch that the others write to.
    ...(features.includes(elastic.name) ? {} : { output: EXTERNAL_OUTPUT }),
  });
}

/** Writes the dev stack's config with some keys changed, given without the project's prefix; the path of its file. */
export function writeDevStack(folder: string, change: Readonly<Record<string, unknown>>): string {
  const document = parse(fs.readFileSync(path.join(checkout, "Pulumi.dev.yaml"), "utf8"));
  for (const [key, value] of Object.entries(change)) document.config[`security-stack:${key}`] = value;
  const file = path.join(folder, "Pulumi.dev.yaml");
  fs.writeFileSync(file, stringify(document));
  return file;
}

/**
 * Runs an operation without asking.
 * @param signal ends it in good order
 * @throws with its output when it fails.
 */
export async function runOperation(
  stack: LocalStack,
  operation: "up" | "preview" | "destroy",
  args: readonly string[] = [],
  signal?: AbortSignal,
): Promise<void> {
  const unasked = operation !== "preview" ? ["--yes", "--skip-preview"] : [];
  const result = await stack.run(operation, [...unasked, ...args], true, signal);
  if (result.code !== 0) throw new Error(`pulumi ${operation} failed:\n${result.stdout}${result.stderr}`);
}

/** The Kubernetes objects in a stack's state, secrets in clear. */
export async function kubernetesObjects(stack: LocalStack): Promise<StateResource[]> {
  const { deployment } = await stack.state({ secretsInClear: true });
  return (deployment.resources ?? []).filter(({ type, custom }) => custom && type.startsWith("kubernetes:"));
}

/**
 * Times two kinds of preview in turn, each once unmeasured before, and prints a table and the median of the pairs'
 * ratios; true when that is within the bound.
 */
export async function compareWarm(
  [ours, baseline]: readonly [Side, Side],
  { objects, runs, bound }: { objects: number; runs: number; bound: number },
): Promise<boolean> {
  const times = { ours: [] as number[], baseline: [] as number[] };
  await ours.preview();
  await baseline.preview();
  for (let i = 0; i < runs; i++) {
    times.ours.push(await timed(ours.preview));
    times.baseline.push(await timed(baseline.preview));
    process.stderr.write(`preview ${i + 1} of ${runs}\n`);
  }
  const table = newTable([`warm preview, ${objects} objects`, "median", "min", "max"]);
  table.push(row(ours.title, times.ours), row(baseline.title, times.baseline));
  console.log(table.toString());
  const ratio = median(times.ours.map((time, i) => time / times.baseline[i]!));
  const held = ratio <= bound;
  console.log(
    `ratio ${ratio.toFixed(2)} (median of ${runs} pairs), bound ${bound}: ${held ? "held" : "NOT HELD"}`,
  );
  return held;
}

/** Seconds that it takes. */
export async function timed(run: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}

/** Of a table: median, least and most. */
export function row(title: string, seconds: readonly number[]): string[] {
  const figures = [median(seconds), Math.min(...seconds), Math.max(...seconds)];
  return [title, ...figures.map((figure) => `${figure.toFixed(1)} s`)];
}
