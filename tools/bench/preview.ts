import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { FEATURES } from "../../components/registry";
import { startCluster } from "../cluster/cluster";
import { checkout, checkoutFolder } from "../cluster/folders";
import { engineHome } from "../engine/home";
import { LocalStack, type StateResource } from "../engine/local-stack";
import { newTable } from "../table";
import { writeBareProgram, writeRawProgram } from "./bare-program";
import { median, PeakMemory } from "./measure";

const RUNS = Number(process.env["PREVIEW_BENCH_RUNS"] ?? 5);
const ENGINE = "bench";
/** The first slice: what was there before the features with charts. */
const SLICE = ["otel_pipeline", "falco"];

interface Comparison {
  title: string;
  features: readonly string[];
  /** What it is measured against. */
  baseline: string;
  bound: number;
  /** Writes the baseline's program for the objects of ours; returns its folder. */
  program(objects: readonly StateResource[]): string;
}

const COMPARISONS: readonly Comparison[] = [
  {
    title: "Falco and the pipeline",
    features: SLICE,
    baseline: "as many ConfigMaps",
    bound: 1.3,
    program: (objects) => writeBareProgram(objects.length),
  },
  {
    title: "full stack, two charts",
    features: FEATURES.map(({ name }) => name),
    baseline: "the same objects, raw",
    bound: 1.5,
    program: writeRawProgram,
  },
];

/** Warm previews of the dev stack against bare programs of as many, or of the very same, objects; in turn, on one cluster. */
export async function benchPreview(): Promise<boolean> {
  const cluster = await startCluster({ name: "bench", ephemeral: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  try {
    let held = true;
    for (const comparison of COMPARISONS)
      held = (await compare(comparison, cluster.kubeconfigPath, folder)) && held;
    return held;
  } finally {
    await cluster.stop();
    for (const left of [folder, engineHome(ENGINE).folder]) fs.rmSync(left, { recursive: true, force: true });
  }
}

async function compare(comparison: Comparison, kubeconfigPath: string, folder: string): Promise<boolean> {
  const peak = new PeakMemory();
  const configFile = devStackWith(comparison.features, folder);
  const ours = new LocalStack({ kubeconfigPath, configFile, engine: ENGINE, env: peak.env });
  let program: string | undefined;
  try {
    await run(ours, "up");
    const objects = await kubernetesObjects(ours);
    program = comparison.program(objects);
    // The same objects are there already: the baseline takes them over, as it never does in a preview.
    const env = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };
    const bare = new LocalStack({ kubeconfigPath, engine: "bench-bare", directory: program, env });
    await run(bare, "up");
    const times = await alternate(ours, bare);
    return report(comparison, objects.length, times, peak.megabytes());
  } finally {
    peak.remove();
    for (const left of program ? [program, checkoutFolder(program)] : [])
      fs.rmSync(left, { recursive: true, force: true });
  }
}

/** The dev stack's config with these features on and all others off. */
function devStackWith(features: readonly string[], folder: string): string {
  const document = parse(fs.readFileSync(path.join(checkout, "Pulumi.dev.yaml"), "utf8"));
  const toggle = FEATURES.map(({ name }) => [name, features.includes(name)] as const);
  document.config["security-stack:toggle"] = Object.fromEntries(toggle);
  const file = path.join(folder, "Pulumi.dev.yaml");
  fs.writeFileSync(file, stringify(document));
  return file;
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

async function kubernetesObjects(stack: LocalStack): Promise<StateResource[]> {
  const { deployment } = await stack.state({ secretsInClear: true });
  return (deployment.resources ?? []).filter(({ type, custom }) => custom && type.startsWith("kubernetes:"));
}

function report(
  { title, baseline, bound }: Comparison,
  objects: number,
  times: Times,
  peak: number,
): boolean {
  const ratio = median(times.ours.map((time, i) => time / times.bare[i]!));
  const table = newTable([`warm preview, ${objects} objects`, "median", "min", "max"]);
  for (const [name, values] of [
    [title, times.ours],
    [baseline, times.bare],
  ] as const)
    table.push([
      name,
      ...[median(values), Math.min(...values), Math.max(...values)].map((s) => `${s.toFixed(1)} s`),
    ]);
  console.log(table.toString());
  const held = ratio <= bound;
  console.log(
    `ratio ${ratio.toFixed(2)} (median of ${RUNS} pairs), bound ${bound}: ${held ? "held" : "NOT HELD"}`,
  );
  console.log(`peak memory of the program ${Math.round(peak)} MiB`);
  return held;
}
