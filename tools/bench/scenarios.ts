import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { apiKey, HttpClient } from "../../components/node-program/http-client";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { NAMESPACE } from "../../scenarios/model/names";
import { installTemplates } from "../../test/rigs/pipeline/rig";
import { INDICES } from "../dev/elasticsearch/indices";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { TYPESCRIPT } from "../dev/typescript";

const MOST_MEBIBYTES = 100;
const BATCH = 5_000;
const TOOLS = ["falco", "tetragon"];
const PODS = ["ctem-testbox", "attacker", "web-7d9f5c6b8-x2x4z", "escape-box"];

interface Figures {
  seconds: number;
  addedMebibytes: number;
  expectations: number;
  unexplained: number;
  unanswered: number;
  pageBytes: number;
}

/**
 * All checks of all scenarios among a million documents that nearly fit (SCENARIO_BENCH_DOCUMENTS for another number):
 * the memory that they add, and whether they end within the scenarios' own limits.
 */
export async function benchScenarios(): Promise<boolean> {
  const documents = Number(process.env["SCENARIO_BENCH_DOCUMENTS"] ?? 1_000_000);
  const server = await ElasticsearchServer.start();
  try {
    await installTemplates(server);
    const { url, caCertificate: ca, gatewayKey } = server;
    const client = new HttpClient({ url, ca, headers: { authorization: apiKey(gatewayKey) } });
    for (let first = 0; first < documents; first += BATCH) {
      await bulk(client, first, Math.min(BATCH, documents - first));
      if (first % 100_000 === 0)
        process.stderr.write(`scenarios: ${first} of ${documents} documents written\n`);
    }
    await client.close();
    await server.client.must("POST", `/${INDICES.events}/_refresh`);
    return tell(await measure(server), await server.client.count(INDICES.events));
  } finally {
    await server.stop();
  }
}

async function measure(server: ElasticsearchServer): Promise<Figures> {
  const program = ["--require", TYPESCRIPT, join(__dirname, "scenario-checks.ts"), server.url, server.caFile];
  const { stdout } = await promisify(execFile)(process.execPath, program, {
    env: { ...process.env, BENCH_AUTHORIZATION: apiKey(server.readerKey) },
  });
  return JSON.parse(stdout) as Figures;
}

function tell(figures: Figures, documents: number): boolean {
  const { seconds, addedMebibytes, expectations, unexplained, unanswered, pageBytes } = figures;
  const limits = SCENARIOS.flatMap((scenario) =>
    scenario.expectations.map(({ withinSeconds }) => withinSeconds),
  );
  const limit = Math.min(...limits);
  console.log(
    `scenarios: ${expectations} expectations looked for and explained among ${documents} documents in ${seconds.toFixed(1)} s (limit ${limit} s), ` +
      `${addedMebibytes.toFixed(0)} MiB of memory added (limit ${MOST_MEBIBYTES}), page of ${Math.round(pageBytes / 1024)} KB`,
  );
  return seconds < limit && addedMebibytes < MOST_MEBIBYTES && unexplained === 0 && unanswered === 0;
}

async function bulk(client: HttpClient, first: number, count: number): Promise<void> {
  const events = Array.from(
    { length: count },
    (_, i) => `{"create":{}}\n${JSON.stringify(noise(first + i))}\n`,
  );
  const { body } = await client.request({
    method: "POST",
    path: `/${INDICES.events}/_bulk?filter_path=errors`,
    headers: { "content-type": "application/x-ndjson" },
    body: events.join(""),
  });
  if (body !== '{"errors":false}') throw new Error(body.slice(0, 300));
}

/** An event of the shape of the real ones that is nearly what an expectation wants. */
function noise(n: number): object {
  const tool = TOOLS[n % 2] ?? "falco";
  const time = new Date(Date.now() - (n % 80_000) * 1000).toISOString();
  return {
    "@timestamp": time,
    event: {
      kind: "alert",
      action: "process_exec",
      severity: 2,
      module: tool,
      id: `noise-${n}`,
      created: time,
    },
    labels: { security_tool: tool },
    host: { name: `node-${n % 20}` },
    kubernetes: {
      namespace: n % 3 === 0 ? NAMESPACE : "shop",
      pod: { name: PODS[n % PODS.length], uid: `u-${n % 500}` },
    },
    container: { id: `c-${n % 500}` },
    orchestrator: { cluster: { name: "bench" } },
    rule: { name: n % 2 === 0 ? "Read sensitive file untrusted, elsewhere" : "process-exec" },
    process: { command_line: `/bin/sh -c true ${n}`, executable: "/bin/sh", pid: n % 32_768 },
    threat: { technique: { id: ["T1059.004"] } },
    message: `something that happened ${n}`,
  };
}
