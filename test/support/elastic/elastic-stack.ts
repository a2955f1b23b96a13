import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LocalStack, type Operation, type StateResource } from "../../../tools/dev/engine/local-stack";
import { type ElasticInput, INPUT_FILE, type Registered } from "./program/elastic-program";

const PROGRAM = path.join(__dirname, "program");

/** Where the stack's objects go, as the Elastic provider is told it. */
export type Connection = ElasticInput["connection"];

/** How many resources an operation did what with: `{ create: 2, unchanged: 1 }`. */
export type Changes = Record<string, number>;

/**
 * A stack of objects in Elasticsearch: the real engine, bridge and provider, with a state of their own. No cluster is needed.
 * What it registers is given to each operation, so that a test can change it in between.
 */
export class ElasticStack {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-elastic-"));
  private readonly stack: LocalStack;

  /**
   * @param name Of the engine; one per test file.
   * @param module What registers the data (exports `register(provider, data)`); left out, the data is a list of resources.
   */
  constructor(
    name: string,
    private readonly connection: Connection,
    private readonly module?: string,
  ) {
    const configFile = path.join(this.folder, "Pulumi.elastic.yaml");
    fs.writeFileSync(configFile, "config: {}\n");
    this.stack = new LocalStack({
      engine: `${name}-${process.pid}`,
      stack: "elastic",
      directory: PROGRAM,
      configFile,
      elastic: true,
      env: { [INPUT_FILE]: this.inputFile },
    });
  }

  /** Runs an operation and counts what it did or would do. @throws with the engine's output where it failed. */
  async run(operation: Operation, data: readonly Registered[] | unknown): Promise<Changes> {
    const { code, output, changes } = await this.attempt(operation, data);
    assert.equal(code, 0, output);
    return changes;
  }

  /** The same for an operation that may fail. With further options of Pulumi's an update previews first. */
  async attempt(
    operation: Operation,
    data: readonly Registered[] | unknown,
    further: readonly string[] = [],
  ): Promise<{ code: number; output: string; changes: Changes }> {
    const input: ElasticInput = { connection: this.connection, module: this.module, data };
    fs.writeFileSync(this.inputFile, JSON.stringify(input), { mode: 0o600 });
    const looksOnly = operation === "preview" || further.includes("--preview-only");
    const args = looksOnly ? ["--diff"] : ["--yes", ...(further.length > 0 ? [] : ["--skip-preview"])];
    const { code, stdout, stderr } = await this.stack.run(operation, [...args, ...further], true);
    const output = stdout + stderr;
    return { code, output, changes: countChanges(output) };
  }

  /** The resources in the state. */
  async resources(): Promise<StateResource[]> {
    return (await this.stack.state()).deployment.resources ?? [];
  }

  /** Removes the engine's folder and the files; what is in Elasticsearch stays. */
  remove(): void {
    for (const folder of [this.stack.home.folder, this.folder])
      fs.rmSync(folder, { recursive: true, force: true });
  }

  private get inputFile(): string {
    return path.join(this.folder, "input.json");
  }
}

/** From the summary of the engine: "+ 2 to create", "~ 1 updated", "3 unchanged". */
function countChanges(output: string): Changes {
  const summary = output.slice(output.lastIndexOf("Resources:"));
  const found = [...summary.matchAll(/(\d+) (?:to )?(create|update|delete|replace|unchanged)d?\b/g)];
  return Object.fromEntries(found.map(([, count, verb]) => [verb!, Number(count)]));
}
