import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { importProblems } from "../../../tools/dev/checks/imports";
import { copyCheckout, git } from "../stack/checkout-copy";
import { type RunResult, run } from "../stack/run";
import { TOY_EXCEPTIONS, TOY_IMAGE, TOY_SIZING } from "./toy-rows";

const ROOT = path.join(__dirname, "..", "..", "..");
const NOBODY = ["-c", "user.name=test", "-c", "user.email=test@example.com"];

/** A checkout to which one sensor was added, and after it one sink, and its own programs. */
export class CheckoutWithToy {
  private constructor(
    readonly folder: string,
    /** `git diff --stat` of what was added for the sensor, and for the sink. */
    readonly added: { tool: string; sink: string },
    /** Imports that the floors of the checkout forbid. */
    readonly importProblems: readonly string[],
  ) {}

  /**
   * A copy of this checkout with the toy's folder, a line in the registry and a row in each central table; and with the toy sink's
   * files and its row in the list of sinks.
   */
  static async create(): Promise<CheckoutWithToy> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-toy-"));
    await copyCheckout(folder);
    await git(folder, "init", "--quiet");
    await commit(folder);
    addToy(folder);
    const tool = await changes(folder);
    await commit(folder);
    addToySink(folder);
    const sink = await changes(folder);
    const problems = await importProblems(folder);
    // Only now: dependency-cruiser would follow the link out of the folder.
    fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    return new CheckoutWithToy(folder, { tool, sink }, problems);
  }

  /** Files that were added or changed for one of them. */
  touched(what: keyof CheckoutWithToy["added"]): string[] {
    return [...this.added[what].matchAll(/^ (\S+) +\|/gm)].map(([, file = ""]) => file).sort();
  }

  /** Runs the `main` of one of the copy's commands, as `npm run` does once the packages are there. */
  command(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
    return this.evaluate(
      `Promise.resolve(require("./${file}").main(${JSON.stringify(args)})).then((code) => { process.exitCode = code; })`,
      env,
    );
  }

  /** Compiles the copy's policy pack; returns the folder of it. */
  async compilePolicies(): Promise<string> {
    const { code, stderr } = await this.evaluate(
      `require("./tools/dev/policy/compile.ts").compilePolicyPack()`,
    );
    assert.equal(code, 0, stderr);
    return path.join(this.folder, "policy-pack");
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private evaluate(script: string, env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
    return run(process.execPath, ["-e", `require("./tools/typescript-loader"); ${script}`], {
      cwd: this.folder,
      env: { ...process.env, ...env },
    });
  }
}

async function commit(folder: string): Promise<void> {
  await git(folder, "add", ".");
  await git(folder, ...NOBODY, "commit", "--quiet", "--message", "before");
}

async function changes(folder: string): Promise<string> {
  await git(folder, "add", "--intent-to-add", ".");
  return git(folder, "diff", "--stat");
}

function addToySink(folder: string): void {
  const sinks = path.join("components", "pipeline", "sinks");
  for (const name of ["toy-sink.ts", "toy-target.ts"])
    fs.writeFileSync(
      path.join(folder, sinks, name),
      replaced(fs.readFileSync(path.join(__dirname, name), "utf8"), [
        [/"\.\.\/\.\.\/\.\.\/components\/pipeline\//g, '"../'],
        [/"\.\.\/\.\.\/\.\.\/components\//g, '"../../'],
      ]).replaceAll("test/support/toy/", "components/pipeline/sinks/"),
    );
  edit(folder, "components/pipeline/sinks/all-sinks.ts", [
    ["SINKS: readonly Sink[] = [", "$&toy, "],
    [/^/, 'import { toy } from "./toy-sink";\n'],
  ]);
}

function addToy(folder: string): void {
  const module = fs.readFileSync(path.join(__dirname, "toy-feature.ts"), "utf8");
  fs.mkdirSync(path.join(folder, "components", "toy"));
  fs.writeFileSync(
    path.join(folder, "components", "toy", "toy-feature.ts"),
    replaced(module, [
      [/"\.\.\/\.\.\/\.\.\/components\//g, '"../'],
      [/import \{ TOY_IMAGE.*/, 'import { IMAGES } from "../core/tables/pins";'],
      ["TOY_IMAGE, { resources: TOY_SIZING }", "IMAGES.toy"],
    ]),
  );
  edit(folder, "components/registry.ts", [
    ["FEATURES: readonly Feature[] = [", "$&\n  toyFeature(),"],
    [/^/, 'import { toyFeature } from "./toy/toy-feature";\n'],
  ]);
  edit(folder, "components/core/tables/pins.ts", [row("export const IMAGES = {", "toy", TOY_IMAGE)]);
  edit(folder, "components/core/tables/sizing.ts", [row(/export const SIZING.*\{/, "toy", TOY_SIZING)]);
  edit(folder, "policy-pack/pack/privilege-exceptions.ts", [
    [/export const EXCEPTIONS.*\[$/m, `$&\n${JSON.stringify(TOY_EXCEPTIONS, null, 2)},`],
  ]);
}

type Replacement = readonly [from: string | RegExp, to: string];

function row(table: string | RegExp, name: string, value: unknown): Replacement {
  return [table, `$&\n  ${name}: ${JSON.stringify(value)},`];
}

function edit(folder: string, file: string, replacements: readonly Replacement[]): void {
  const target = path.join(folder, file);
  fs.writeFileSync(target, replaced(fs.readFileSync(target, "utf8"), replacements));
}

function replaced(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    assert.notEqual(after, before, `nothing to replace by ${to}`);
    return after;
  }, text);
}
