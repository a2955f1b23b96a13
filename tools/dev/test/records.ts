import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Totals } from "./totals";

/** Tests that only `--all` and `--long` run, and the folders whose content decides whether their last pass still counts. */
export interface RecordedTests {
  /** Rung whose `*.all.test.ts` files these are, and files with a `longTest` (test/support/long-test.ts). */
  rung: string;
  inputs: readonly string[];
}

/** The rungs with tests that CI does not run. */
export const RECORDED: readonly RecordedTests[] = [
  {
    rung: "policy",
    inputs: ["test/policy/bad-stacks.all.test.ts", "test/support/policy/bad-stacks.ts", "policy-pack/pack"],
  },
  {
    rung: "cluster",
    inputs: [
      ...["combinations", "documented", "elastic", "embedded-engine", "embedded-lifecycle"].map(
        (name) => `test/cluster/${name}.all.test.ts`,
      ),
      ...[
        "admission-stack",
        "drift",
        "elastic",
        "foreign-objects",
        "scenario-runner",
        "stack",
        "up-troubles",
      ].map((name) => `test/cluster/${name}.test.ts`),
      ...["components/stack", "tools/dev/cluster", "tools/dev/engine"],
    ],
  },
  {
    rung: "pipeline",
    inputs: [
      ...["clean-exit", "durability"].map((name) => `test/pipeline/${name}.all.test.ts`),
      ...[
        "correlation",
        "elastic-managed",
        "elastic-objects",
        "kibana-dashboards",
        "trivy-reporter-faults",
      ].map((name) => `test/pipeline/${name}.test.ts`),
      "test/rigs/pipeline",
      ...["collector-config", "gateway-config", "node-config"].map(
        (name) => `components/pipeline/${name}.ts`,
      ),
    ],
  },
  {
    rung: "audit",
    inputs: [
      ...["own-stack", "volume", "webhook"].map((name) => `test/audit/${name}.all.test.ts`),
      "components/k8s-audit/policy",
      ...["event-file", "event-list", "receiver", "receiver-program", "receiver-settings"].map(
        (name) => `components/k8s-audit/webhook/${name}.ts`,
      ),
    ],
  },
  {
    rung: "response",
    inputs: [
      ...["quarantine", "trestle"].map((name) => `test/response/${name}.all.test.ts`),
      "tools/generate/compliance",
    ],
  },
  {
    rung: "kafka",
    inputs: [
      ...["aws-sinks", "kafka-outages"].map((name) => `test/kafka/${name}.all.test.ts`),
      "test/kafka/ocsf-topic.test.ts",
      "test/rigs/kafka",
      ...["gateway-config", "indexer-config", "kafka-client", "kafka-receiver"].map(
        (name) => `components/pipeline/${name}.ts`,
      ),
      ...["kafka-sinks", "sink-config", "sink-documents"].map((name) => `components/pipeline/${name}.ts`),
      "components/pipeline/sinks",
    ],
  },
  {
    rung: "eks",
    inputs: [
      ...["eks-lives", "faults", "own-network", "refusals", "whole-stack"].map(
        (name) => `test/eks/${name}.all.test.ts`,
      ),
      ...["test/rigs/eks", "components/cluster"],
    ],
  },
  { rung: "node", inputs: ["test/node", "tools/dev/node"] },
];

/** The last pass of such tests, committed beside them. */
export interface PassRecord {
  command: string;
  /** The commit that was tested; changes beside it are in the hash. */
  commit: string;
  date: string;
  /** Of the content of the inputs. */
  inputsHash: string;
  passes: number;
  seconds: number;
}

const FOLDER = path.join("test", "records");

/** Hash over names and content of all files below the inputs. */
export function hashInputs(root: string, inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const input of [...inputs].sort())
    for (const file of filesOf(root, input))
      hash
        .update(`${file}\0`)
        .update(fs.readFileSync(path.join(root, file)))
        .update("\0");
  return hash.digest("hex");
}

function filesOf(root: string, input: string): string[] {
  const full = path.join(root, input);
  if (fs.statSync(full).isFile()) return [input];
  return fs
    .readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Records that are missing or of other inputs than those that are there now, a line each. */
export function staleRecords(root: string, recorded: readonly RecordedTests[] = RECORDED): string[] {
  return recorded.flatMap(({ rung, inputs }) => {
    const file = recordFile(rung);
    const again = `run \`${commandOf(rung)}\` and commit ${file}`;
    if (!fs.existsSync(path.join(root, file))) return [`${rung}: no pass on record; ${again}`];
    const record: PassRecord = JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));
    if (record.inputsHash === hashInputs(root, inputs)) return [];
    return [`${rung}: ${inputs.join(", ")} changed since the pass of ${record.date}; ${again}`];
  });
}

/** Files with a `longTest` of a rung: those among the inputs of its record that CI runs too. */
export function filesWithLongTests(rung: string): string[] {
  const recorded = RECORDED.find((one) => one.rung === rung);
  return recorded?.inputs.filter((input) => /(?<!\.all)\.test\.ts$/.test(input)) ?? [];
}

/** Writes down that the long tests of a rung passed; nothing for a rung whose tests CI runs. */
export function writeRecord(root: string, rung: string, { passes }: Totals, seconds: number): void {
  const recorded = RECORDED.find((one) => one.rung === rung);
  if (!recorded) return;
  const record: PassRecord = {
    command: commandOf(rung),
    commit: execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    date: new Date().toISOString().slice(0, 10),
    inputsHash: hashInputs(root, recorded.inputs),
    passes,
    seconds: Math.round(seconds),
  };
  fs.mkdirSync(path.join(root, FOLDER), { recursive: true });
  fs.writeFileSync(path.join(root, recordFile(rung)), `${JSON.stringify(record, null, 2)}\n`);
  console.log(`${recordFile(rung)} is written: commit it.`);
}

function commandOf(rung: string): string {
  return `npm test -- ${rung} --long`;
}

function recordFile(rung: string): string {
  return path.join(FOLDER, `${rung}.json`);
}
