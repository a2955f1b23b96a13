import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { build, type Plugin } from "esbuild";
import { newTable } from "../table";
import { EXTERNAL, PACK_FOLDER, PARTS_OF_PULUMI } from "./compile";
import { type Mutant, mutantsOf } from "./mutants";

const ROOT = path.join(PACK_FOLDER, "..");
const TESTS = path.join(ROOT, "test", "unit");
const FOLDER = path.join(PACK_FOLDER, "policies");

// A mutant that never ends is noticed too.
const TIMEOUT_MS = 120_000;

interface Result {
  mutant: Mutant;
  killed: boolean;
}

/**
 * `npm run policy:mutate [-- <policy> ...]`: breaks the conditions of every policy, one at a time, and runs the
 * unit tests of each broken policy. A mutant that no test notices has survived; the exit code is
 * 1 when one has. Nothing in the checkout is changed: the broken file only exists in a bundle of the tests.
 */
export async function main(args: readonly string[]): Promise<number> {
  const policies = fs.readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ""));
  const unknown = args.find((name) => !policies.includes(name));
  if (unknown) throw new Error(`There is no policy ${unknown}; npm run policy:list shows them.`);
  const chosen = args.length > 0 ? policies.filter((name) => args.includes(name)) : policies;
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-mutants-"));
  try {
    const results: Result[] = [];
    for (const name of chosen) results.push(...(await checkPolicy(name, work)));
    return report(results);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

async function checkPolicy(name: string, work: string): Promise<Result[]> {
  const file = path.join(FOLDER, `${name}.ts`);
  const text = fs.readFileSync(file, "utf8");
  const tests = testsOf(name);
  if (!(await passes(tests, { file, text }, work)))
    throw new Error(`The tests of ${name} fail as it is: npm test -- unit --grep ${name}`);
  const results: Result[] = [];
  for (const mutant of mutantsOf(name, text))
    results.push({ mutant, killed: !(await passes(tests, { file, text: mutant.text }, work)) });
  const survived = results.filter(({ killed }) => !killed).length;
  process.stderr.write(`${name}: ${results.length - survived} of ${results.length} killed\n`);
  return results;
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

/** Runs tests in a process of their own, with the text instead of the file; true where all pass. */
async function passes(tests: readonly string[], source: Source, work: string): Promise<boolean> {
  const bundle = path.join(work, "tests.js");
  await build({
    stdin: { contents: tests.map((file) => `import "./${file}";`).join("\n"), resolveDir: TESTS },
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: EXTERNAL,
    plugins: [replace(source), PARTS_OF_PULUMI],
    logLevel: "silent",
  });
  const mocha = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
  const env = { ...process.env, NODE_PATH: path.join(ROOT, "node_modules") };
  return new Promise((resolve) => {
    const args = [mocha, "--no-config", "--bail", "--reporter", "dot", bundle];
    execFile("node", args, { cwd: ROOT, env, timeout: TIMEOUT_MS }, (error) => resolve(error === null));
  });
}

function replace({ file, text }: Source): Plugin {
  return {
    name: "replace",
    setup: (builder) =>
      builder.onLoad({ filter: /policies/ }, (args) =>
        args.path === file ? { contents: text, loader: "ts", resolveDir: path.dirname(file) } : undefined,
      ),
  };
}

function report(results: readonly Result[]): number {
  const table = newTable(["policy", "line", "mutation", ""]);
  for (const { mutant, killed } of results)
    table.push([mutant.policy, mutant.line, mutant.what, killed ? "killed" : "SURVIVED"]);
  const survived = results.filter(({ killed }) => !killed).length;
  console.log(table.toString());
  console.log(`${results.length} mutants: ${results.length - survived} killed, ${survived} survived`);
  return survived === 0 ? 0 : 1;
}

if (require.main === module)
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      console.error(`Error: ${error.message}`);
      process.exitCode = 1;
    },
  );
