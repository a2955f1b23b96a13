import assert from "node:assert/strict";
import { exceptionsSchema } from "../../components/core/config/exceptions-schema";
import { MATCHABLE } from "../../components/documents/matchable";
import { type FilterSettings, filteredHere, filterProcessors } from "../../components/pipeline/filters";
import { limitProcessors } from "../../components/pipeline/limit";
import { pipelineSchema } from "../../components/pipeline/pipeline-schema";

const BASE = { reason: "a reason", owner: "a team", until: "2026-12-31" };
const TOOLS = [
  { tool: "toy", matchable: { rule: MATCHABLE.rule, namespace: MATCHABLE.namespace } },
  { tool: "state" },
];

const settings = (...given: object[]): FilterSettings => ({
  tools: TOOLS,
  exceptions: exceptionsSchema
    .parse(given.map((one) => ({ ...BASE, ...one })))
    .map((one, index) => ({ ...one, index })),
});

describe("the limit of events per pod", () => {
  it("is off unless it is set, and of a whole number of events", () => {
    const off = limitProcessors("toy", pipelineSchema.parse({}).eventLimit);
    assert.deepEqual(off, { before: [], after: [] });
    const { before, after } = limitProcessors(
      "toy",
      pipelineSchema.parse({ eventLimit: { perPod: 5 } }).eventLimit,
    );
    assert.deepEqual(
      [...before, ...after].map(([id]) => id),
      ["groupbyattrs/toy_limit", "transform/toy_limit", "filter/toy_limit"],
    );
    for (const perPod of [0, 1.5, "5"]) assert.throws(() => pipelineSchema.parse({ eventLimit: { perPod } }));
  });
});

describe("filters of the pipeline", () => {
  const ids = (tool: string, ...given: object[]) =>
    filterProcessors(tool, settings(...given)).map(([id]) => id);

  it("make no processor where there is nothing to leave out", () => {
    assert.deepEqual(ids("toy"), []);
    assert.deepEqual(ids("toy", { rule: "a", keepPercent: 100 }), []);
    assert.deepEqual(ids("toy", { tool: "other", rule: "a" }), []);
  });

  it("make none for a tool whose documents lack what an exception names", () => {
    assert.deepEqual(ids("toy", { rule: "a", user: "root" }), []);
    assert.deepEqual(ids("state", { rule: "a" }), []);
  });

  it("make one that drops, and one that marks a sample", () => {
    assert.deepEqual(ids("toy", { rule: "a" }), ["filter/toy"]);
    assert.deepEqual(ids("toy", { rule: "a", keepPercent: 5 }), ["filter/toy", "transform/toy_sampled"]);
  });

  it("leave severe events alone unless told otherwise", () => {
    assert.equal(settings({ rule: "a" }).exceptions[0]?.maxSeverity, 3);
  });

  it("are shown to the administrator, but not where they do nothing", () => {
    const shown = filteredHere(
      settings({ rule: "a" }, { rule: "a", keepPercent: 5 }, { tool: "falko", rule: "a" }),
    );
    assert.deepEqual(shown, [
      { index: 0, how: "drops what toy wrote, at the gateway" },
      { index: 1, how: "keeps 5 % of what toy wrote, at the gateway" },
    ]);
  });
});
