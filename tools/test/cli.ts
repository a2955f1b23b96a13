import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { ensureTools } from "../toolchain/ensure";
import { RUNGS, type Rung } from "./rungs";

const ROOT = path.join(__dirname, "..", "..");

interface Totals {
  passes: number;
  failures: number;
  pending: number;
}

interface Run {
  counts: Totals;
  output?: string;
}

/** `npm test`: all rungs, or those named. Exit code 1 on a failed test, a rung without tests or a missing tool. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm test --")
    .description("Runs the tests, rung by rung; a rung whose tools are missing fails.")
    .argument("[rungs...]", `rungs to run: ${RUNGS.map((rung) => rung.name).join(", ")}`)
    .option("-g, --grep <text>", "only tests whose title contains this text")
    .option("--bail", "stop at the first failure")
    .addHelpText("after", ["", "Rungs:", ...RUNGS.map((r) => `  ${r.name.padEnd(10)} ${r.what}`)].join("\n"))
    .parse(args, { from: "user" });
  const rungs = selectRungs(command.args);
  const mochaArgs = mochaOptions(command.opts());
  await ensureTools([...new Set(rungs.flatMap((rung) => rung.tools))]);
  const totals: Totals = { passes: 0, failures: 0, pending: 0 };
  for (const group of together(rungs)) {
    const runs = group.map((rung, index) => runRung(rung, mochaArgs, index === 0));
    for (const run of runs) {
      const { counts, output } = await run;
      if (output !== undefined) console.log(output);
      add(totals, counts);
    }
  }
  console.log(
    `\n${totals.passes} passed, ${totals.failures} failed${totals.pending ? `, ${totals.pending} skipped` : ""}`,
  );
  return totals.failures === 0 && totals.passes > 0 ? 0 : 1;
}

function selectRungs(names: readonly string[]): readonly Rung[] {
  const unknown = names.find((name) => !RUNGS.some((rung) => rung.name === name));
  if (unknown) throw new Error(`There is no rung "${unknown}": use ${RUNGS.map((r) => r.name).join(", ")}.`);
  return names.length === 0 ? RUNGS : RUNGS.filter((rung) => names.includes(rung.name));
}

function mochaOptions(options: { grep?: string; bail?: boolean }): string[] {
  return [...(options.grep ? ["--fgrep", options.grep] : []), ...(options.bail ? ["--bail"] : [])];
}

/** Rungs one after the other, but for those that run beside the one before them. */
function together(rungs: readonly Rung[]): Rung[][] {
  const groups: Rung[][] = [];
  for (const rung of rungs) {
    const last = groups.at(-1);
    if (rung.beside !== undefined && last?.[0]?.name === rung.beside) last.push(rung);
    else groups.push([rung]);
  }
  return groups;
}

/**
 * A process per rung: Pulumi's mocks and the engine keep global state. What it prints is shown at once (`live`), or
 * given back.
 */
async function runRung(rung: Rung, mochaArgs: readonly string[], live: boolean): Promise<Run> {
  const title = pc.bold(`\n${rung.name}: ${rung.what}`);
  console.log(live ? title : pc.dim(`(${rung.name} runs at the same time and is shown after it)`));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-test-"));
  const stats = path.join(folder, "stats.json");
  const file = path.join(folder, "output");
  const log = live ? undefined : fs.openSync(file, "w");
  const started = Date.now();
  try {
    const mocha = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const reporter = path.join(__dirname, "reporter.js");
    const child = spawn(
      process.execPath,
      [mocha, "--reporter", reporter, ...mochaArgs, `test/${rung.name}/**/*.test.ts`],
      {
        cwd: ROOT,
        stdio: ["ignore", log ?? "inherit", log ?? "inherit"],
        env: { ...process.env, SECURITY_STACK_TEST_STATS: stats },
      },
    );
    await once(child, "close");
    const took = pc.dim(`${rung.name} took ${Math.round((Date.now() - started) / 1000)} s`);
    const counts = readTotals(rung, stats);
    if (!live) return { counts, output: `${title}\n${fs.readFileSync(file, "utf8")}\n${took}` };
    console.log(took);
    return { counts };
  } finally {
    if (log !== undefined) fs.closeSync(log);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function readTotals(rung: Rung, file: string): Totals {
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, "utf8")) as Totals;
  console.error(pc.red(`The rung ${rung.name} ended before its tests could run; see the error above.`));
  return { passes: 0, failures: 1, pending: 0 };
}

function add(totals: Totals, more: Totals): void {
  totals.passes += more.passes;
  totals.failures += more.failures;
  totals.pending += more.pending;
}
