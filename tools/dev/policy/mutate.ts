import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import { type BuildContext, context, type Plugin } from "esbuild";
import { newTable } from "../table";
import { EXTERNAL, PACK_FOLDER, PARTS_OF_PULUMI } from "./compile";
import { type Mutant, mutantsOf } from "./mutants";
import { TestRunner } from "./test-runner";

const ROOT = path.join(PACK_FOLDER, "..");
const TESTS = path.join(ROOT, "test", "unit");
const FOLDER = path.join(PACK_FOLDER, "policies");

interface Result {
  mutant: Mutant;
  killed: boolean;
}

/**
 * `npm run policy:mutate -- [policies...]`: breaks the conditions of every policy, one at a time, and runs the
 * unit tests of each broken policy. A mutant that no test notices has survived; the exit code is
 * 1 when one has. Nothing in the checkout is changed: the broken file only exists in a bundle of the tests.
 */
export async function main(args: readonly string[]): Promise<number> {
  const policies = fs.readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ""));
  const { args: names } = new Command("npm run policy:mutate --")
    .description("Breaks each policy's conditions, one at a time, and checks that a unit test fails.")
    .argument("[policies...]", "names of policies; all by default")
    .parse(args, { from: "user" });
  const unknown = names.find((name) => !policies.includes(name));
  if (unknown) throw new Error(`There is no policy ${unknown}; npm run policy:list shows them.`);
  const chosen = names.length > 0 ? policies.filter((name) => names.includes(name)) : policies;
  const started = performance.now();
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-mutants-"));
  const runner = new TestRunner();
  try {
    const results: Result[] = [];
    for (const name of chosen) results.push(...(await checkPolicy(name, path.join(work, name), runner)));
    return report(results, (performance.now() - started) / 1000);
  } finally {
    await runner.stop();
    fs.rmSync(work, { recursive: true, force: true });
  }
}

async function checkPolicy(name: string, work: string, runner: TestRunner): Promise<Result[]> {
  const file = path.join(FOLDER, `${name}.ts`);
  const text = fs.readFileSync(file, "utf8");
  const source = { file, text };
  const bundler = await bundlerOf(testsOf(name), source, `${work}.js`);
  const passes = async (changed: string) => {
    source.text = changed;
    await bundler.rebuild();
    return runner.passes(`${work}.js`);
  };
  try {
    if (!(await passes(text)))
      throw new Error(`The tests of ${name} fail without a mutation: npm test -- unit --grep ${name}`);
    const results: Result[] = [];
    for (const mutant of mutantsOf(name, text))
      results.push({ mutant, killed: !(await passes(mutant.text)) });
    // Runs share a thread: one that left something behind must not look like a killed mutant.
    if (!(await passes(text))) throw new Error(`The tests of ${name} no longer pass after its mutants.`);
    const survived = results.filter(({ killed }) => !killed).length;
    process.stderr.write(`${name}: ${results.length - survived} of ${results.length} killed\n`);
    return results;
  } finally {
    await bundler.dispose();
  }
}

/** The test files that import the policy. */
function testsOf(name: string): string[] {
  const tests = fs.readdirSync(TESTS).filter((file) => /^policy-.*\.test\.ts$/.test(file));
  return tests.filter((file) =>
    fs.readFileSync(path.join(TESTS, file), "utf8").includes(`policies/${name}"`),
  );
}

interface Source {
  file: string;
  text: string;
}

/** Bundles the tests, with the text of `source` instead of its file. */
function bundlerOf(tests: readonly string[], source: Source, outfile: string): Promise<BuildContext> {
  return context({
    stdin: { contents: tests.map((file) => `import "./${file}";`).join("\n"), resolveDir: TESTS },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: EXTERNAL,
    plugins: [replace(source), PARTS_OF_PULUMI],
    define: { __dirname: JSON.stringify(TESTS) },
    logLevel: "silent",
  });
}

function replace(source: Source): Plugin {
  return {
    name: "replace",
    setup: (builder) =>
      builder.onLoad({ filter: /policies/ }, (args) =>
        args.path === source.file
          ? { contents: source.text, loader: "ts", resolveDir: path.dirname(source.file) }
          : undefined,
      ),
  };
}

function report(results: readonly Result[], seconds: number): number {
  const table = newTable(["policy", "line", "mutation", ""]);
  for (const { mutant, killed } of results)
    table.push([mutant.policy, mutant.line, mutant.what, killed ? "killed" : "SURVIVED"]);
  const survived = results.filter(({ killed }) => !killed).length;
  console.log(table.toString());
  console.log(
    `${results.length} mutants: ${results.length - survived} killed, ${survived} survived; ${seconds.toFixed(0)} s`,
  );
  return survived === 0 ? 0 : 1;
}
