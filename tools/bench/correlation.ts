import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { CORRELATOR } from "../../components/correlation/cron-job";
import type { ResolvedRule } from "../../components/correlation/program/resolved-rule";
import { allEvents } from "../../components/documents/store";
import { podSpecOf } from "../../components/kubernetes/pod-spec";
import { buildProgram } from "../../components/node-program/bundle";
import { correlatorTarget, stackRules } from "../../test/rigs/correlation/correlator-pass";
import { plannedManifests } from "../../test/rigs/forwarding/planned-program";
import { INDICES } from "../dev/elasticsearch/indices";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { putTemplates } from "../dev/elasticsearch/templates";
import { say } from "../dev/say";
import { newTable } from "../dev/table";
import { bulkBodies } from "./correlation-data";
import type { PassInput, PassOutput } from "./correlation-pass";
import { median } from "./measure";

const MOST = Number(process.env["CORRELATION_BENCH_DOCUMENTS"] ?? 1_000_000);
const SIZES = [MOST / 10, MOST];
const RULES = [5, 20];
const RATIO_BOUND = 2;
const MEMORY_BOUND_MIB = 128;
const TURNS = 3;

interface Row {
  documents: number;
  rules: number;
  bareSeconds: number;
  first: PassOutput;
  second: PassOutput;
  /** Write operations that Elasticsearch counted during the second pass. */
  secondOperations: number;
}

/**
 * The correlator over a million events of a day: time against the bare queries of its rules in the same run, memory, and
 * what a pass with nothing new writes.
 */
export async function benchCorrelation(): Promise<boolean> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-correlation-"));
  const elasticsearch = await ElasticsearchServer.start();
  try {
    await putTemplates(elasticsearch.client);
    const program = path.join(folder, "pass.js");
    fs.writeFileSync(program, buildProgram("tools/bench/correlation-pass.ts"));
    const command = [...plannedArguments(), program];
    const end = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const rows: Row[] = [];
    let stored = 0;
    for (const documents of SIZES) {
      say(`storing ${documents} events ...`);
      for (const body of bulkBodies(stored, documents, MOST, end))
        await elasticsearch.client.must("POST", `/${INDICES.events}/_bulk?filter_path=errors`, body);
      stored = documents;
      await elasticsearch.client.must("POST", `/${INDICES.events}/_refresh`);
      for (const rules of RULES)
        rows.push(await measure(elasticsearch, command, folder, { documents, rules, end }));
    }
    return report(rows);
  } finally {
    await elasticsearch.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

async function measure(
  elasticsearch: ElasticsearchServer,
  command: readonly string[],
  folder: string,
  { documents, rules, end }: { documents: number; rules: number; end: number },
): Promise<Row> {
  say(`${rules} rules over ${documents} events ...`);
  const rulesFile = path.join(folder, `rules-${rules}.json`);
  fs.writeFileSync(rulesFile, JSON.stringify(someRules(rules)));
  const bare: number[] = [];
  const firsts: PassOutput[] = [];
  let input!: PassInput;
  // In turns, since whatever else the machine does changes in the meantime.
  for (let turn = 0; turn < TURNS; turn += 1) {
    input = {
      elasticsearch: correlatorTarget(elasticsearch),
      rulesFile,
      events: allEvents(INDICES),
      correlations: `${INDICES.correlations}-${documents}-${rules}-${turn}`,
      now: end,
      isBare: false,
    };
    bare.push((await runPass(command, { ...input, isBare: true })).seconds);
    firsts.push(await runPass(command, input));
  }
  const before = await operations(elasticsearch, input.correlations);
  const second = await runPass(command, { ...input, now: end + 120_000 });
  const secondOperations = (await operations(elasticsearch, input.correlations)) - before;
  const middle = median(firsts.map(({ seconds }) => seconds));
  const first = firsts.find(({ seconds }) => seconds === middle)!;
  return { documents, rules, bareSeconds: median(bare), first, second, secondOperations };
}

/** The stack's rules, and further ones of the same kinds over other fields up to the number. */
function someRules(count: number): ResolvedRule[] {
  const own = stackRules();
  const more = own.map((rule) => ({
    ...rule,
    name: `${rule.name}-by-node`,
    groupBy: rule.while ? rule.groupBy : ["host.name", ...rule.groupBy.slice(1)],
  }));
  return [...own, ...more].slice(0, count);
}

async function operations({ client }: ElasticsearchServer, index: string): Promise<number> {
  const stats = (await client.must("GET", `/${index}/_stats/indexing`)) as {
    _all: { primaries: { indexing: { index_total: number } } };
  };
  return stats._all.primaries.indexing.index_total;
}

/** Those of Node in the CronJob of a plan, which go by the memory of its container. */
function plannedArguments(): string[] {
  const manifests = plannedManifests({ features: [{ name: "correlation" }] });
  const job = manifests.find(({ kind, metadata }) => kind === "CronJob" && metadata.name === CORRELATOR);
  const [container] = (job && podSpecOf(job)?.containers) ?? [];
  return (container?.command ?? []).filter((argument) => argument.startsWith("--"));
}

/** @param command Arguments of Node, and the program */
async function runPass(command: readonly string[], input: PassInput): Promise<PassOutput> {
  const args = [...command, JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as PassOutput;
}

function report(rows: readonly Row[]): boolean {
  const table = newTable([
    "events",
    "rules",
    "bare queries",
    "pass",
    "read",
    "chains",
    "ratio",
    "peak RSS",
    "nothing new",
  ]);
  for (const { documents, rules, bareSeconds, first, second } of rows)
    table.push([
      String(documents),
      String(rules),
      `${bareSeconds.toFixed(2)} s`,
      `${first.seconds.toFixed(2)} s`,
      String(first.summary.read),
      String(first.summary.written),
      (first.seconds / bareSeconds).toFixed(2),
      `${Math.round(first.megabytes)} MiB`,
      `${second.seconds.toFixed(2)} s`,
    ]);
  console.log(table.toString());
  const { bareSeconds, first, second, secondOperations } = rows.at(-1)!;
  const ratio = first.seconds / bareSeconds;
  const peak = Math.max(...rows.map((row) => Math.max(row.first.megabytes, row.second.megabytes)));
  const checks: [string, boolean][] = [
    [`${first.summary.written} chains written, at least 100`, first.summary.written >= 100],
    [`time ${ratio.toFixed(2)} of the bare queries, at most ${RATIO_BOUND}`, ratio <= RATIO_BOUND],
    [`peak RSS ${Math.round(peak)} MiB, at most ${MEMORY_BOUND_MIB}`, peak <= MEMORY_BOUND_MIB],
    [
      `nothing new: ${secondOperations} write operations, ${second.summary.bytes} bytes`,
      secondOperations === 0 && second.summary.bytes === 0,
    ],
  ];
  for (const [text, held] of checks) console.log(`${held ? "held  " : "broken"} ${text}`);
  return checks.every(([, held]) => held);
}
