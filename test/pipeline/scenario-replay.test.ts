import assert from "node:assert/strict";
import { SCENARIOS } from "../../scenarios/catalog";
import { CORE } from "../../scenarios/checklist/items";
import type { ScenarioResult } from "../../scenarios/run";
import type { ElasticsearchServer } from "../../tools/elasticsearch/server";
import { PipelineRig, removeIndices } from "../../tools/pipeline/rig";
import { replay, type Tamper } from "../../tools/scenarios/replay";
import { MISTAKES, mislabelled, withheld } from "../../tools/scenarios/tampering";
import { emptyElasticsearch } from "../support/elasticsearch";

const CORE_SCENARIOS = SCENARIOS.filter(({ id }) => CORE.some((one) => one === id));

describe("scenarios, replayed through the real collectors into the real Elasticsearch", function () {
  this.timeout(120_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server);
    await rig.start();
  });
  beforeEach(async () => {
    await removeIndices(server);
  });
  after(() => rig?.destroy());

  const run = (tamper?: Tamper) => replay(SCENARIOS, server, rig, { tamper });

  it("all of them pass when their events arrive, with the documents as evidence", async () => {
    const results = await run();
    assert.deepEqual(failures(results), []);
    for (const { expectations } of results)
      for (const { evidence, latencySeconds } of expectations) {
        assert.ok(evidence.documents.length > 0);
        assert.ok(latencySeconds !== undefined && latencySeconds < 30, String(latencySeconds));
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
