import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { ensureTools } from "../toolchain/ensure";
import { RUNGS, type Rung } from "./rungs";
import { sum, summary, type Totals } from "./totals";

const ROOT = path.join(__dirname, "..", "..", "..");

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
  const results: Totals[] = [];
  for (const rung of rungs) results.push(await runRung(rung, mochaArgs));
  const totals = sum(results);
  console.log(`\n${summary(totals)}`);
  return totals.failures === 0 && totals.passes > 0 ? 0 : 1;
}

function selectRungs(names: readonly string[]): readonly Rung[] {
  const unknown = names.find((name) => !RUNGS.some((rung) => rung.name === name));
  if (unknown) throw new Error(`There is no rung "${unknown}": use ${RUNGS.map((r) => r.name).join(", ")}.`);
  return names.length === 0 ? RUNGS.filter(isPossible) : RUNGS.filter((rung) => names.includes(rung.name));
}

function isPossible({ name, impossible }: Rung): boolean {
  const reason = impossible?.();
  if (reason) console.log(pc.yellow(`${name} is left out: ${reason}`));
  return reason === undefined;
}

function mochaOptions(options: { grep?: string; bail?: boolean }): string[] {
  return [...(options.grep ? ["--fgrep", options.grep] : []), ...(options.bail ? ["--bail"] : [])];
}

/** A process per rung: Pulumi's mocks and the engine keep global state. */
async function runRung(rung: Rung, mochaArgs: readonly string[]): Promise<Totals> {
  console.log(pc.bold(`\n${rung.name}: ${rung.what}`));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-test-"));
  const stats = path.join(folder, "stats.json");
  const started = Date.now();
  try {
    const mocha = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const reporter = path.join(__dirname, "reporter.js");
    const child = spawn(
      process.execPath,
      [mocha, "--reporter", reporter, ...parallel(rung), ...mochaArgs, `test/${rung.name}/**/*.test.ts`],
      {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, SECURITY_STACK_TEST_STATS: stats },
      },
    );
    await once(child, "close");
    console.log(pc.dim(`${rung.name} took ${Math.round((Date.now() - started) / 1000)} s`));
    return readTotals(rung, stats);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function parallel({ jobs }: Rung): string[] {
  return jobs ? ["--parallel", "--jobs", String(jobs)] : [];
}

function readTotals(rung: Rung, file: string): Totals {
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, "utf8")) as Totals;
  const message = `The rung ${rung.name} ended before its tests could run; see the error above.`;
  console.error(pc.red(message));
  return { passes: 0, failures: 1, pending: 0, failed: [{ title: rung.name, message }] };
}
