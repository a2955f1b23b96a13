import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { FEATURES } from "../../components/registry";
import { median } from "../bench/measure";
import { LocalStack } from "../engine/local-stack";
import { RENDER_DIRECTORY } from "../render";
import { newTable } from "../table";
import { ensureTools } from "../toolchain/ensure";
import { policyArguments, preparePolicyPack } from "./prepare";

const ROOT = path.join(__dirname, "..", "..");
const RUNS = 5;
const BOUND = 1.4;

/** The policy pack's share of a warm preview of the full stack: with and without it in turn, in render mode. */
export async function benchPolicy(): Promise<boolean> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  const stack = new LocalStack({
    engine: `bench-policy-${process.pid}`,
    configFile: await fullConfig(folder),
    env: { [RENDER_DIRECTORY]: path.join(folder, "rendered"), HOME: folder },
  });
  const pack = policyArguments(await preparePolicyPack("dev"));
  try {
    await run(stack, "up", ["--yes", "--skip-preview"]);
    const times = { without: [] as number[], with: [] as number[] };
    await timePreview(stack, pack);
    for (let i = 0; i < RUNS; i++) {
      times.without.push(await timePreview(stack, []));
      times.with.push(await timePreview(stack, pack));
      process.stderr.write(`preview ${i + 1} of ${RUNS}\n`);
    }
    return report(times, await countObjects(stack));
  } finally {
    fs.rmSync(stack.home.folder, { recursive: true, force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The dev stack's config with every feature on, its charts from the tool cache. */
async function fullConfig(folder: string): Promise<string> {
  const { config } = parse(fs.readFileSync(path.join(ROOT, "Pulumi.dev.yaml"), "utf8"));
  const charts = path.join(folder, "charts");
  fs.mkdirSync(charts);
  const tools = await ensureTools(["chart-tetragon", "chart-trivy-operator"]);
  for (const [tool, chart] of Object.entries(tools))
    fs.symlinkSync(chart, path.join(charts, tool.replace(/^chart-/, "")));
  config["security-stack:global"].charts = charts;
  config["security-stack:toggle"] = Object.fromEntries(FEATURES.map(({ name }) => [name, true]));
  const file = path.join(folder, "Pulumi.dev.yaml");
  fs.writeFileSync(file, stringify({ config }));
  return file;
}

async function timePreview(stack: LocalStack, pack: readonly string[]): Promise<number> {
  const started = performance.now();
  await run(stack, "preview", pack);
  return (performance.now() - started) / 1000;
}

async function run(stack: LocalStack, operation: "up" | "preview", args: readonly string[]): Promise<void> {
  const result = await stack.run(operation, args, true);
  if (result.code !== 0) throw new Error(`pulumi ${operation} failed:\n${result.stdout}${result.stderr}`);
}

async function countObjects(stack: LocalStack): Promise<number> {
  const { deployment } = await stack.state();
  return (deployment.resources ?? []).filter(({ type }) => type.startsWith("kubernetes:")).length;
}

function report(times: { without: number[]; with: number[] }, objects: number): boolean {
  const ratio = median(times.with.map((time, i) => time / times.without[i]!));
  const table = newTable([`warm preview, ${objects} objects`, "median", "min", "max"]);
  for (const [name, values] of [
    ["without the policy pack", times.without],
    ["with it", times.with],
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
  return held;
}

if (require.main === module)
  benchPolicy().then((held) => {
    process.exitCode = held ? 0 : 1;
  });
