import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { catalog } from "../toolchain/all-tools";
import { ensureTools } from "../toolchain/ensure";
import { DEFAULT_BUDGET_MINUTES, type LeftOut, withinBudget } from "./budget";
import { inLanes } from "./lanes";
import { filesWithLongTests, RECORDED, writeRecord } from "./records";
import { RUNGS, type Rung } from "./rungs";
import { sum, summary, type Totals } from "./totals";

/**
 * Ends of the names of soaks, kill matrices and repeated life cycles: only with `--all` and `--long`, as the tests that
 * `longTest` (test/support/long-test.ts) names in other files.
 */
const LONG = ".all.test.ts";

/**
 * What is written in Go (the engine, its providers, the control plane) collects its garbage less often: a twentieth to a
 * twelfth less CPU time of a test with the engine, for more memory. Long tests go without, since some of them measure; the
 * collectors are given their own.
 */
const QUICK_GO = { GOGC: "400" };

const ROOT = path.join(__dirname, "..", "..", "..");

/** `npm test`: all rungs, or those named. Exit code 1 on a failed test, a rung without tests or a missing tool. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm test --")
    .description("Runs the tests, rung by rung; a rung whose tools are missing fails.")
    .argument("[rungs...]", `rungs to run: ${RUNGS.map((rung) => rung.name).join(", ")}`)
    .option("-g, --grep <text>", "only tests whose title contains this text")
    .option("--all", "all rungs and all tests, the long ones too")
    .option("--long", "only the files with long tests, of the named rungs or of all")
    .option(
      "--budget <minutes>",
      "of all rungs those whose tools a fresh machine gets in this time",
      Number,
      DEFAULT_BUDGET_MINUTES,
    )
    .option("--bail", "stop at the first failure")
    .addHelpText("after", ["", "Rungs:", ...RUNGS.map((r) => `  ${r.name.padEnd(10)} ${r.what}`)].join("\n"))
    .parse(args, { from: "user" });
  const options = command.opts<Options>();
  const { run: rungs, leftOut } = selectRungs(command.args, options);
  const mochaArgs = mochaOptions(options);
  await ensureTools([...new Set(rungs.flatMap((rung) => rung.tools))]);
  const results: Totals[] = [];
  // Long tests have the machine for themselves: some of them measure.
  const hasLong = options.all || options.long;
  for (const { rung, beside } of hasLong ? rungs.map((rung) => ({ rung, beside: [] })) : inLanes(rungs)) {
    const [main, others] = await Promise.all([
      runRung(rung, mochaArgs, { ...options, isAlone: !hasLong && beside.length === 0 }),
      runBeside(beside, mochaArgs, options),
    ]);
    results.push(main, ...others);
  }
  const totals = sum(results);
  console.log(`\n${summary(totals)}`);
  for (const { rung, minutes } of leftOut)
    console.log(
      pc.yellow(`not run: ${rung.name} (${rung.what}): its tools take ${minutes} min more; --all runs it`),
    );
  return totals.failures === 0 && totals.passes > 0 ? 0 : 1;
}

interface Options {
  grep?: string;
  bail?: boolean;
  all?: boolean;
  long?: boolean;
  budget: number;
}

function selectRungs(
  names: readonly string[],
  { all, long, budget }: Options,
): { run: readonly Rung[]; leftOut: LeftOut[] } {
  const unknown = names.find((name) => !RUNGS.some((rung) => rung.name === name));
  if (unknown) throw new Error(`There is no rung "${unknown}": use ${RUNGS.map((r) => r.name).join(", ")}.`);
  if (long && names.length === 0)
    return selectRungs(
      RECORDED.map(({ rung }) => rung),
      { all, budget },
    );
  if (names.length > 0) return { run: RUNGS.filter((rung) => names.includes(rung.name)), leftOut: [] };
  const possible = RUNGS.filter(isPossible);
  return all ? { run: possible, leftOut: [] } : withinBudget(possible, catalog, budget);
}

function isPossible({ name, impossible }: Rung): boolean {
  const reason = impossible?.();
  if (reason) console.log(pc.yellow(`${name} is left out: ${reason}`));
  return reason === undefined;
}

function mochaOptions(options: { grep?: string; bail?: boolean }): string[] {
  return [...(options.grep ? ["--fgrep", options.grep] : []), ...(options.bail ? ["--bail"] : [])];
}

/** Rungs one after the other while another one runs; what each prints comes when it has ended. */
async function runBeside(
  rungs: readonly Rung[],
  mochaArgs: readonly string[],
  options: Options,
): Promise<Totals[]> {
  if (rungs.length > 0) console.log(pc.dim(`beside it: ${rungs.map(({ name }) => name).join(", ")}`));
  const results: Totals[] = [];
  for (const rung of rungs) {
    const lines: string[] = [];
    results.push(await runRung(rung, mochaArgs, { ...options, isAlone: false }, lines));
    console.log(lines.join("\n"));
  }
  return results;
}

/**
 * A process per rung: Pulumi's mocks and the engine keep global state. Where it is alone, and without long tests, its quota
 * says how long it may take.
 * @param kept takes what it prints, which else is shown at once
 */
async function runRung(
  rung: Rung,
  mochaArgs: readonly string[],
  { all, long, grep, isAlone }: Options & { isAlone: boolean },
  kept?: string[],
): Promise<Totals> {
  const say = (line: string) => (kept ? void kept.push(line) : console.log(line));
  say(pc.bold(`\n${rung.name}: ${rung.what}`));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-test-"));
  const stats = path.join(folder, "stats.json");
  const started = Date.now();
  try {
    const mocha = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const reporter = path.join(__dirname, "reporter.js");
    const child = spawn(
      process.execPath,
      [
        mocha,
        "--reporter",
        reporter,
        ...parallel(rung, isAlone),
        ...mochaArgs,
        ...(all || long ? [] : ["--ignore", `test/**/*${LONG}`]),
        ...(long ? longTests(rung) : [`test/${rung.name}/**/*.test.ts`]),
      ],
      {
        cwd: ROOT,
        stdio: ["ignore", kept ? "pipe" : "inherit", kept ? "pipe" : "inherit"],
        env: {
          ...process.env,
          SECURITY_STACK_TEST_STATS: stats,
          ...(all || long ? { SECURITY_STACK_LONG_TESTS: "1" } : QUICK_GO),
        },
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => say(text.trimEnd()));
    await once(child, "close");
    const seconds = (Date.now() - started) / 1000;
    say(pc.dim(`${rung.name} took ${Math.round(seconds)} s${isAlone ? quotaOf(rung) : ""}`));
    const totals = readTotals(rung, stats);
    if ((all || long) && !grep && totals.failures === 0 && totals.passes > 0)
      writeRecord(ROOT, rung.name, totals, seconds);
    return totals;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function longTests({ name }: Rung): string[] {
  return [`test/${name}/**/*${LONG}`, ...filesWithLongTests(name)];
}

function quotaOf({ quota }: Rung): string {
  return ` of ${quota.warmSeconds} s when its tools are there`;
}

function parallel({ jobs, jobsAlone = jobs }: Rung, isAlone: boolean): string[] {
  return jobs ? ["--parallel", "--jobs", String(isAlone ? jobsAlone : jobs)] : [];
}

function readTotals(rung: Rung, file: string): Totals {
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, "utf8")) as Totals;
  const message = `The rung ${rung.name} ended before its tests could run; see the error above.`;
  console.error(pc.red(message));
  return { passes: 0, failures: 1, pending: 0, failed: [{ title: rung.name, message }] };
}
