import assert from "node:assert/strict";
import { inLanes } from "../../tools/dev/test/lanes";
import { RUNGS } from "../../tools/dev/test/rungs";

describe("rungs beside each other", () => {
  const named = (...names: string[]) => RUNGS.filter(({ name }) => names.includes(name));
  const lanes = (...names: string[]) =>
    inLanes(named(...names)).map(({ rung, beside }) =>
      [rung.name, ...beside.map(({ name }) => name)].join("+"),
    );

  it("are each run once", () => {
    const run = inLanes(RUNGS).flatMap(({ rung, beside }) => [rung, ...beside]);
    assert.deepEqual(run.map(({ name }) => name).sort(), RUNGS.map(({ name }) => name).sort());
  });

  it("go with the one beside which they run, and in their own place without it", () => {
    assert.deepEqual(lanes("unit", "cluster", "response", "audit"), ["unit", "cluster+audit+response"]);
    assert.deepEqual(lanes("response", "audit"), ["audit", "response"]);
  });

  it("that show the stack itself take ten minutes together", () => {
    const rungs = named("static", "unit", "component", "render", "policy", "cluster", "pipeline", "scan");
    const inTurn = inLanes(rungs).map(({ rung }) => rung.quota.warmSeconds);
    assert.ok(inTurn.reduce((sum, seconds) => sum + seconds) <= 600, inTurn.join(" + "));
  });
});
