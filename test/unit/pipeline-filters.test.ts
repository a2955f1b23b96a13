import assert from "node:assert/strict";
import { type Filter, filterProcessors, filterWarnings } from "../../components/pipeline/filters";
import { limitProcessors } from "../../components/pipeline/limit";
import { pipelineSchema } from "../../components/pipeline/pipeline-schema";

const filters = (...given: object[]): Filter[] =>
  pipelineSchema.parse({ filters: given.map((one) => ({ tool: "toy", reason: "a reason", ...one })) })
    .filters;

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
  it("make no processor where there is nothing to leave out", () => {
    assert.deepEqual(filterProcessors("toy", []), []);
    assert.deepEqual(filterProcessors("toy", filters({ rules: ["a"], keepPercent: 100 })), []);
    assert.deepEqual(filterProcessors("other", filters({ rules: ["a"] })), []);
  });

  it("make one that drops, and one that marks a sample", () => {
    const ids = (given: object) => filterProcessors("toy", filters(given)).map(([id]) => id);
    assert.deepEqual(ids({ rules: ["a"] }), ["filter/toy"]);
    assert.deepEqual(ids({ rules: ["a"], keepPercent: 5 }), ["filter/toy", "transform/toy_sampled"]);
  });

  it("leave severe events alone unless told otherwise", () => {
    assert.equal(filters({ rules: ["a"] })[0]?.maxSeverity, 3);
  });

  it("are refused without anything to fit, without a reason, and with a share that is none", () => {
    for (const wrong of [
      {},
      { rules: [] },
      { rules: ["a"], reason: "" },
      { rules: ["a"], keepPercent: 101 },
      { rule: "a" },
    ])
      assert.throws(() => filters(wrong), JSON.stringify(wrong));
  });

  it("are shown to the administrator, also one for a tool that is not there", () => {
    const given = filters(
      { rules: ["a"] },
      { rules: ["a"], keepPercent: 5 },
      { tool: "falko", rules: ["a"] },
    );
    const [drop, sample, none] = filterWarnings(["toy"], given);
    assert.match(drop ?? "", /filters\[0\].*drops events of toy: a reason/);
    assert.match(sample ?? "", /keeps 5 % of events of toy/);
    assert.match(none ?? "", /is for falko, and no enabled feature/);
  });
});
