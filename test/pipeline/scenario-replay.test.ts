import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FEATURES } from "../../components/registry";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { runScenarios, type ScenarioResult } from "../../scenarios/check/run";
import type { ElasticsearchStore } from "../../scenarios/check/store";
import { evaluateChecklist } from "../../scenarios/checklist/evaluate";
import { CORE } from "../../scenarios/checklist/items";
import { taggedTechniques } from "../../scenarios/report/coverage";
import { makeReport } from "../../scenarios/report/report";
import { writeReport } from "../../scenarios/report/write";
import { sampleEvidence, samplesOf } from "../../scenarios/samples/samples";
import { lookAt, problemsOf } from "../../tools/cli/scenarios-look";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig, removeIndices } from "../rigs/pipeline/rig";
import { writeFindings } from "../rigs/scenarios/findings";
import { readerOf, replay, type Tamper } from "../rigs/scenarios/replay";
import { MISTAKES, mislabelled, withheld } from "../rigs/scenarios/tampering";
import { emptyElasticsearch } from "../rigs/test-server";

const COVERAGE = { scenarios: SCENARIOS, tagged: taggedTechniques(FEATURES), samples: sampleEvidence };

const SAMPLES = join(__dirname, "..", "..", "scenarios", "samples");
const CORE_SCENARIOS = SCENARIOS.filter(({ id }) => CORE.some((one) => one === id));

describe("scenarios, replayed through the real collectors into the real Elasticsearch", function () {
  this.timeout(600_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let store: ElasticsearchStore;
  let passed: ScenarioResult[];

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server);
    await rig.start();
    store = readerOf(server);
  });
  beforeEach(async () => {
    await removeIndices(server);
    await writeFindings(server);
  });
  after(() => {
    store?.close();
    return rig?.destroy();
  });

  const run = (tamper?: Tamper) => replay(SCENARIOS, server, rig, { tamper });

  it("all of them pass when their events arrive, with the documents as evidence", async () => {
    const results = await run();
    assert.deepEqual(failures(results), []);
    passed = results;
    for (const { expectations } of results)
      for (const { evidence, latencySeconds, rule } of expectations) {
        assert.ok(evidence.documents.length > 0);
        // Chains are looked for when all lines are there.
        assert.ok(latencySeconds !== undefined && (rule || latencySeconds < 30), String(latencySeconds));
      }
  });

  it("their chains of events are found, each of its own attack, and the checklist has them", async () => {
    const results = await run();
    for (const { id, chains } of SCENARIOS) {
      const { expectations } = results.find((one) => one.id === id)!;
      const found = expectations.flatMap(({ rule, chain }) => (rule && chain ? [rule] : []));
      assert.deepEqual(
        found,
        chains.map(({ rule }) => rule),
      );
    }
    const [download] = results
      .find(({ id }) => id === "download-execute")!
      .expectations.flatMap(({ chain }) => chain ?? []);
    assert.deepEqual(
      download!.steps.map(({ step, pod }) => `${step} in ${pod}`),
      ["download in attacker", "dropped-program in attacker"],
    );
    assert.equal(download!.steps[0]!.process, "/usr/bin/curl");
    assert.deepEqual(await chainItems(results), {
      ...{ "CTEM-PRI-05": "pass", "CTEM-VAL-06": "pass", "CTEM-VAL-07": "pass", "CTEM-MOB-01": "pass" },
    });
  });

  for (const { what, id, rule, withholds, item } of [
    {
      ...{ what: "the download", id: "download-execute", rule: "download-execute", item: "CTEM-VAL-06" },
      withholds: (line: string) => line.includes('"binary":"/usr/bin/curl"'),
    },
    {
      ...{ what: "the second sensor's alert", id: "validate-cron-persistence", rule: "two-sensors" },
      item: "CTEM-VAL-07",
      withholds: (line: string) => line.includes('"rule":"Cron file written"'),
    },
  ])
    it(`${what} withheld, ${id} fails, and so does ${item}, which asks for its chain`, async () => {
      const results = await run((scenario, _, line) =>
        scenario.id === id && withholds(line) ? undefined : line,
      );
      assert.deepEqual(failures(results), [id]);
      const chains = failed(results).filter((one) => one.rule);
      assert.deepEqual(
        chains.map((one) => one.rule),
        [rule],
      );
      assert.match(chains[0]!.why.join("\n"), /0 of 1 documents found/);
      assert.deepEqual(await chainItems(results), {
        ...{ "CTEM-PRI-05": "pass", "CTEM-VAL-06": "pass", "CTEM-VAL-07": "pass", "CTEM-MOB-01": "fail" },
        [item]: "fail",
      });
    });

  it("a chain that was found before the attack in the same hour says nothing of it: not run", async () => {
    const cron = SCENARIOS.filter(({ id }) => id === "validate-cron-persistence");
    await server.client.must("POST", `/${INDICES.correlations}/_doc?refresh=true`, EARLIER);
    const nothing = { evidenceOf: () => "live" as const, carryOut: async () => [], isComplete: () => true };
    const since = new Date(Date.parse(EARLIER["@timestamp"]) + 60_000);
    const [result] = await runScenarios(cron, nothing, store, { indices: INDICES, since });
    const { status, why } = result!.expectations.find((one) => one.rule)!;
    assert.equal(status, "not run");
    assert.match(why.join(), /once in an hour of the clock: found at 2026-01-01T10:10:00.000Z/);
    const nextHour = new Date("2026-01-01T11:00:00.000Z");
    const [later] = await runScenarios(cron, nothing, store, { indices: INDICES, since: nextHour });
    assert.equal(later!.expectations.find((one) => one.rule)!.status, "failed");
  });

  it("what is vulnerable is not asked for where no finding is, or none of the attacked image", async () => {
    const fileless = SCENARIOS.filter(({ id }) => id === "fileless-execution");
    const verdict = async () =>
      (await replay(fileless, server, rig)).flatMap((one) => one.expectations).at(-1)!;
    const doc = { container: { image: { name: "docker.io/library/another" } } };
    for (const { _id } of await server.client.search(INDICES.vulnerabilities)) {
      const target = `/${INDICES.vulnerabilities}/_update/${encodeURIComponent(_id)}?refresh=true`;
      await server.client.must("POST", target, { doc });
    }
    const ofAnother = await verdict();
    assert.deepEqual([ofAnother.rule, ofAnother.status], ["vulnerable-workload", "not run"]);
    assert.match(ofAnother.why.join(), /no open critical vulnerability with a fix is known/);
    await removeIndices(server);
    assert.equal((await verdict()).status, "not run");
  });

  it("all of them pass with Falco's lines of a host too, on which it knows the parents of processes", async () => {
    const onHost = [
      join(__dirname, "..", "support", "scenarios", "falco-on-host"),
      join(SAMPLES, "composed"),
    ];
    const samples = (id: string) => [
      ...samplesOf(id).filter(({ tool }) => tool !== "falco"),
      ...samplesOf(id, onHost).filter(({ tool }) => tool === "falco"),
    ];
    assert.deepEqual(failures(await replay(SCENARIOS, server, rig, { samples })), []);
  });

  it("their report is small, opens at once, and neither Chromium nor axe has anything to object to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "security-stack-report-"));
    try {
      const now = new Date();
      const checklist = await evaluateChecklist({ store, indices: INDICES, now, results: passed });
      writeReport(folder, makeReport("replay", passed, checklist), COVERAGE);
      const look = await lookAt(join(folder, "report.html"), folder);
      assert.deepEqual(problemsOf(look), []);
      console.log(`        ${look.kilobytes.toFixed(0)} KB, opened in ${look.milliseconds.toFixed(0)} ms`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  async function chainItems(results: readonly ScenarioResult[]): Promise<Record<string, string>> {
    const items = await evaluateChecklist({ store, indices: INDICES, now: new Date(), results });
    const ofChains = ["CTEM-PRI-05", "CTEM-VAL-06", "CTEM-VAL-07", "CTEM-MOB-01"];
    return Object.fromEntries(
      items.filter(({ id }) => ofChains.includes(id)).map(({ id, verdict }) => [id, verdict]),
    );
  }

  for (const { id } of CORE_SCENARIOS) {
    it(`${id}: withheld, it alone fails, and the report says that nothing came`, async () => {
      const results = await run(withheld(id));
      assert.deepEqual(failures(results), [id]);
      for (const { why } of failed(results)) assert.match(why.join("\n"), /0 of \d documents found/);
    });

    it(`${id}: mislabelled, it alone fails, and the report says where`, async () => {
      const results = await run(mislabelled(id));
      assert.deepEqual(failures(results), [id]);
      assert.match(
        failed(results)
          .flatMap(({ why }) => why)
          .join("\n"),
        MISTAKES[id]!.says,
      );
    });
  }

  it("a line that is delivered twice is one event", async () => {
    const results = await run((scenario, sample, line) =>
      scenario.id === "validate-shell" && sample.tool === "tetragon" ? sameShell(line) : line,
    );
    assert.deepEqual(failures(results), ["validate-shell"]);
    assert.match(failed(results)[0]!.why.join("\n"), /1 of 2 documents found/);
  });

  let first: string | undefined;
  function sameShell(line: string): string {
    first ??= line;
    return first;
  }
});

const EARLIER = {
  "@timestamp": "2026-01-01T10:10:00.000Z",
  event: { dataset: "correlation.chain", created: "2026-01-01T10:10:30.000Z", id: "earlier" },
  labels: { security_tool: "correlation" },
  rule: { name: "two-sensors" },
  kubernetes: { namespace: "ctem-test-escape", pod: { name: "escape-box" } },
  correlation: { key: ["threat.technique.id=T1053.003"], fix: "Look." },
};

function failures(results: ScenarioResult[]): string[] {
  return results.filter(({ status }) => status !== "passed").map(({ id }) => id);
}

function failed(results: ScenarioResult[]) {
  return results.flatMap(({ expectations }) => expectations.filter(({ status }) => status === "failed"));
}
