import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { FEATURES } from "../../components/registry";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { madeBy } from "../../scenarios/check/detections";
import type { ScenarioResult } from "../../scenarios/check/run";
import { columns, coverage, taggedTechniques } from "../../scenarios/report/coverage";
import { navigatorLayer } from "../../scenarios/report/navigator";
import { makeReport } from "../../scenarios/report/report";
import { sampleEvidence } from "../../scenarios/samples/samples";
import { MISTAKES } from "./mistakes";
import { judge } from "./variants";
import { ADMIN, API_SCENARIOS, type AuditWorld, auditWorld, linesOf } from "./world";

const COVERAGE = { scenarios: SCENARIOS, tagged: taggedTechniques(FEATURES), samples: sampleEvidence };
const RECORDED = path.join(__dirname, "../../scenarios/samples/recorded");

/** May grow; what was live once stays live. */
const LIVE = [
  ...["T1036", "T1046", "T1053", "T1069", "T1070", "T1078", "T1098", "T1110", "T1133", "T1136", "T1204"],
  ...["T1485", "T1490", "T1496", "T1499", "T1528", "T1543", "T1550", "T1552", "T1609", "T1610", "T1611"],
  ...["T1612", "T1613", "T1685"],
];
const RECORDED_TOO = [...LIVE, "T1059"].sort();

describe("attacks on the real API server", function () {
  this.timeout(240_000);
  let world: AuditWorld;
  let lines: Map<string, string[]>;

  before(async () => {
    world = await auditWorld();
    lines = linesOf(world);
  });

  for (const { id, title } of API_SCENARIOS)
    it(`${id}: ${title}`, () => {
      const result = world.results.find((one) => one.id === id);
      assert.equal(result?.status, "passed", JSON.stringify(result, null, 1));
      for (const { latencySeconds } of result!.expectations) assert.ok(latencySeconds! < 30);
    });

  it("are 16 at least, were made for real, and leave nothing behind", async () => {
    assert.ok(
      world.results.filter(({ evidence, status }) => evidence === "live" && status === "passed").length >= 16,
    );
    const seconds = world.results.flatMap(({ expectations }) =>
      expectations.map((one) => one.latencySeconds!),
    );
    const sorted = seconds.sort((a, b) => a - b);
    const [median, longest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
    console.log(`        found after ${median.toFixed(1)} s (median), ${longest.toFixed(1)} s (at most)`);
    const { items } = await world.api.get<{ items: { metadata: { name: string } }[] }>("/api/v1/namespaces");
    const roles = await world.api.get<typeof items extends unknown ? { items: typeof items } : never>(
      "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    );
    const left = [...items, ...roles.items].filter(({ metadata }) => metadata.name.startsWith("ctem-"));
    assert.deepEqual(left, []);
  });

  it("make a coverage that does not fall: each technique is live, recorded, simulated or a gap with its reason", () => {
    const covered = coverage(COVERAGE, world.results);
    const { live, liveOrRecorded } = columns(covered);
    const gaps = covered.filter(({ level }) => level === "gap");
    console.log(`        live: ${live.length} of ${covered.length}: ${live.join(", ")}`);
    console.log(
      `        live or recorded: ${liveOrRecorded.length} of ${covered.length}: ${liveOrRecorded.join(", ")}`,
    );
    for (const { id, reason } of gaps) console.log(`        gap: ${id}: ${reason}`);
    assert.deepEqual(live, LIVE);
    assert.deepEqual(liveOrRecorded, RECORDED_TOO);
    assert.ok(live.length >= 17 && liveOrRecorded.length >= 24 && covered.length === 30);
    assert.deepEqual(
      covered.filter(({ level }) => !["live", "recorded"].includes(level)).map(({ id }) => id),
      ["T1190", "T1525", "T1068", "T1498"],
    );
  });

  it("are told to the Navigator with their evidence", () => {
    const layer = JSON.stringify(navigatorLayer(makeReport("test", world.results, []), COVERAGE));
    assert.match(layer, /"techniqueID":"T1609"[^}]*"score":100,"comment":"live\\n/);
    assert.match(layer, /"techniqueID":"T1059"[^}]*"score":70,"comment":"recorded\\n/);
    assert.match(layer, /"techniqueID":"T1525"[^}]*"score":0,"comment":"gap: images are put into a registry/);
    assert.match(layer, /"name":"live or recorded","value":"T1036, /);
  });

  it("are the samples that a replay of them has", () => {
    if (process.env["UPDATE_GOLDEN"])
      for (const [id, own] of lines)
        fs.writeFileSync(path.join(RECORDED, `${id}.k8s_audit.jsonl`), `${own.join("\n")}\n`);
    for (const [id, own] of lines) {
      const recorded = fs.readFileSync(path.join(RECORDED, `${id}.k8s_audit.jsonl`), "utf8");
      assert.deepEqual(shapes(recorded.trimEnd().split("\n")), shapes(own), id);
    }
  });

  it("fail alone when their lines are withheld or mislabelled, and say why", async () => {
    const scenarios = madeBy(API_SCENARIOS, ADMIN);
    const all = (change: (id: string, line: string) => string[]) =>
      [...lines].flatMap(([id, own]) => own.flatMap((line) => change(id, line)));
    const variants = scenarios.flatMap(({ id }) => {
      const { from, to } = MISTAKES[id]!;
      const wrong = (other: string, line: string) => [other === id ? line.replaceAll(from, to) : line];
      return [
        { name: `${id} withheld`, lines: all((other, line) => (other === id ? [] : [line])) },
        { name: `${id} mislabelled`, lines: all(wrong) },
      ];
    });
    const untouched = { name: "untouched", lines: all((_, line) => [line]) };
    const started = Date.now();
    const judged = await judge(world, scenarios, [untouched, ...variants]);
    console.log(`        ${judged.size} variants judged in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    assert.deepEqual(failed(judged.get("untouched")!), []);
    for (const { id } of scenarios) {
      const [without, wrong] = [judged.get(`${id} withheld`)!, judged.get(`${id} mislabelled`)!];
      assert.deepEqual(failed(without), [id], `${id} withheld`);
      assert.match(reasons(without), /\b\d of \d+ documents found/);
      assert.deepEqual(failed(wrong), [id], `${id} mislabelled: ${MISTAKES[id]!.what}`);
      assert.match(reasons(wrong), MISTAKES[id]!.says);
    }
  });
});

function failed(results: readonly ScenarioResult[]): string[] {
  return results.filter(({ status }) => status !== "passed").map(({ id }) => id);
}

function reasons(results: readonly ScenarioResult[]): string {
  return results
    .flatMap(({ expectations }) => expectations)
    .flatMap(({ status, why }) => (status === "failed" ? why : []))
    .join("\n");
}

/** What was asked, without what differs from run to run. */
function shapes(lines: readonly string[]): string[] {
  return [
    ...new Set(
      lines.map((line) => {
        const { verb, requestURI, stage, responseStatus } = JSON.parse(line);
        return [verb, requestURI, stage, responseStatus?.code].join(" ");
      }),
    ),
  ].sort();
}
