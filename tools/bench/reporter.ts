import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { buildProgram } from "../../components/node-program/bundle";
import { HttpClient } from "../../components/node-program/http-client";
import { forEachLimited } from "../../components/trivy/reporter/concurrency";
import { ReportCluster } from "../../test/rigs/trivy/trivy-cluster";
import { TestIndex } from "../../test/rigs/trivy/trivy-store";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { newTable } from "../dev/table";
import { createReports, type Size, writeBulkRequests } from "./reporter-data";
import type { PassInput, PassOutput } from "./reporter-pass";

const SIZE: Size = { reports: Number(process.env["REPORTER_BENCH_REPORTS"] ?? 5000), findings: 200 };
const MEMORY_BOUND_MIB = 256;
const RATIO_BOUND = 0.5;
/** Of the CronJob's container at its default limit of 256Mi. */
const NODE_ARGUMENTS = ["--max-old-space-size=153"];
const BULK_IN_FLIGHT = 2;

/**
 * The Trivy reporter on 5,000 reports of 200 findings: memory, time against the bare `_bulk` of the same documents
 * in the same run, and what a second pass with nothing new writes.
 */
export async function benchReporter(): Promise<boolean> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-reporter-"));
  const cluster = await ReportCluster.start("reporter-bench");
  const elasticsearch = await ElasticsearchServer.start();
  try {
    say(`creating ${SIZE.reports} reports of ${SIZE.findings} findings ...`);
    await createReports(cluster, SIZE);
    const requests = writeBulkRequests(folder, SIZE);
    const program = bundlePass(folder);
    const measured = await measure(cluster, elasticsearch, requests, program);
    return report(measured);
  } finally {
    await elasticsearch.stop();
    await cluster.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

interface Measured {
  bareSeconds: [before: number, after: number];
  first: PassOutput;
  second: PassOutput;
  /** Write operations that Elasticsearch counted during the second pass. */
  secondOperations: number;
}

async function measure(
  cluster: ReportCluster,
  elasticsearch: ElasticsearchServer,
  requests: readonly string[],
  program: string,
): Promise<Measured> {
  // A Java server is slow at first: neither of the two shall pay for that.
  say("warming up ...");
  await bareBulk(elasticsearch, "security-vuln-warm", requests.slice(0, Math.ceil(requests.length / 10)));
  say("bare _bulk ...");
  const before = await bareBulk(elasticsearch, "security-vuln-bare", requests);
  const index = await TestIndex.create(elasticsearch, "security-vuln-reporter");
  const input: PassInput = {
    kubernetes: cluster.target,
    elasticsearch: index.target,
    index: index.name,
  };
  say("first pass ...");
  const first = await runPass(program, input);
  const operations = await index.operations();
  say("second pass ...");
  const second = await runPass(program, input);
  const secondOperations = (await index.operations()) - operations;
  await index.remove();
  // Before and after, since whatever else the machine does changes in the meantime.
  say("bare _bulk ...");
  const after = await bareBulk(elasticsearch, "security-vuln-bare", requests);
  return { bareSeconds: [before, after], first, second, secondOperations };
}

/** Seconds until Elasticsearch has taken all requests, as many at once as the reporter sends. */
async function bareBulk(
  elasticsearch: ElasticsearchServer,
  name: string,
  requests: readonly string[],
): Promise<number> {
  const index = await TestIndex.create(elasticsearch, name);
  const client = new HttpClient(index.target);
  const started = performance.now();
  await forEachLimited(requests, BULK_IN_FLIGHT, async (file) => {
    const { status, body } = await client.request({
      method: "POST",
      path: `/${name}/_bulk?filter_path=errors`,
      headers: { "content-type": "application/x-ndjson" },
      body: fs.readFileSync(file, "utf8"),
    });
    if (status !== 200 || body !== '{"errors":false}') throw new Error(`_bulk: ${status} ${body}`);
  });
  const seconds = (performance.now() - started) / 1000;
  await client.close();
  await index.remove();
  return seconds;
}

/** One file, as the CronJob's program is. */
function bundlePass(folder: string): string {
  const file = path.join(folder, "pass.js");
  fs.writeFileSync(file, buildProgram("tools/bench/reporter-pass.ts"));
  return file;
}

async function runPass(program: string, input: PassInput): Promise<PassOutput> {
  const args = [...NODE_ARGUMENTS, program, JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as PassOutput;
}

function report({ bareSeconds, first, second, secondOperations }: Measured): boolean {
  const findings = SIZE.reports * SIZE.findings;
  const rate = (seconds: number) => `${Math.round(findings / seconds)}/s`;
  const [before, after] = bareSeconds;
  const ratio = (before + after) / 2 / first.seconds;
  const peak = Math.max(first.megabytes, second.megabytes);
  const table = newTable([
    `${SIZE.reports} reports, ${findings} findings`,
    "time",
    "findings",
    "peak RSS",
    "sent",
  ]);
  const row = (name: string, { seconds, megabytes, summary }: PassOutput) => [
    name,
    `${seconds.toFixed(1)} s`,
    rate(seconds),
    `${Math.round(megabytes)} MiB`,
    `${summary.bytes} bytes`,
  ];
  table.push(
    ["bare _bulk", `${before.toFixed(1)} s`, rate(before), "", ""],
    row("first pass", first),
    row("second pass, nothing new", second),
    ["bare _bulk again", `${after.toFixed(1)} s`, rate(after), "", ""],
  );
  console.log(table.toString());
  const complete = first.summary.written === findings && first.summary.refused === 0;
  const silent = second.summary.bytes === 0 && secondOperations === 0;
  const checks: [string, boolean][] = [
    [`all ${findings} findings stored`, complete],
    [`speed ${ratio.toFixed(2)} of the bare _bulk, at least ${RATIO_BOUND}`, ratio >= RATIO_BOUND],
    [`peak RSS ${Math.round(peak)} MiB, under ${MEMORY_BOUND_MIB}`, peak < MEMORY_BOUND_MIB],
    [`second pass: ${secondOperations} write operations, ${second.summary.bytes} bytes`, silent],
  ];
  for (const [text, held] of checks) console.log(`${held ? "held  " : "broken"} ${text}`);
  return checks.every(([, held]) => held);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
