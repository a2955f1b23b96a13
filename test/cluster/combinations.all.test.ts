import assert from "node:assert/strict";
import { resourceTypes } from "../../tools/dev/cluster/resource-types";
import { ALL, assertCombination, switchTo, titleOf, unownedIds } from "../support/stack/combinations";
import { Deployment } from "../support/stack/deployment";
import { allObjects, changed, declared, type LiveObject } from "../support/stack/objects";

/** Every combination once, each one switch away from the one before, from all on back to all on (Gray code). */
const STEPS = Array.from({ length: ALL + 1 }, (_, index) => ALL ^ gray((index + 1) % (ALL + 1)));

function gray(number: number): number {
  return number ^ (number >> 1);
}

// Minutes: 18 real updates on a real API server. Each two sensors together and apart are in stack.test.ts.
describe("all combinations of the four sensors on a real API server", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  /** Ids of all objects that nobody owns, of every type, before any sensor was on. */
  let untouched: Set<string>;
  let full: LiveObject[];

  before(async () => {
    deployment = await Deployment.start({ name: "test-combinations" });
    await switchTo(deployment, 0);
    untouched = unownedIds(await allObjects(deployment.api));
    await switchTo(deployment, ALL);
    full = await allObjects(deployment.api);
    assert.ok((await resourceTypes(deployment.api)).length > 60);
  });
  after(() => deployment?.stop());

  it("are 16, each one switch from the one before", () => {
    assert.equal(new Set(STEPS).size, 16);
    for (const [index, step] of STEPS.entries())
      assert.equal(bits(step ^ (STEPS[index - 1] ?? ALL)), 1, `step ${index}`);
    assert.equal(STEPS.at(-1), ALL);
  });

  for (const combination of STEPS)
    it(`${titleOf(combination)}: these are complete and ready, the others are gone`, async () => {
      await switchTo(deployment, combination);
      const live = await assertCombination(deployment, combination, full);
      if (combination === 0)
        assert.deepEqual(
          [...unownedIds(live)].filter((id) => !untouched.has(id)),
          [],
        );
    });

  it("end with the same objects as they began", async () => {
    const end = declared(await allObjects(deployment.api));
    assert.deepEqual(changed(declared(full), end), []);
    console.log(`        ${end.size} objects, the same as at the start`);
  });
});

function bits(number: number): number {
  return number === 0 ? 0 : (number & 1) + bits(number >> 1);
}
