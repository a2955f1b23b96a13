import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FEATURES } from "../../components/registry";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import type { ScenarioResult } from "../../scenarios/check/run";
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
      for (const { evidence, latencySeconds } of expectations) {
        assert.ok(evidence.documents.length > 0);
        assert.ok(latencySeconds !== undefined && latencySeconds < 30, String(latencySeconds));
      }
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

function failures(results: ScenarioResult[]): string[] {
  return results.filter(({ status }) => status !== "passed").map(({ id }) => id);
}

function failed(results: ScenarioResult[]) {
  return results.flatMap(({ expectations }) => expectations.filter(({ status }) => status === "failed"));
}
