import assert from "node:assert/strict";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { compilePolicyPack } from "../../tools/dev/policy/compile";
import { BAD_OBJECTS, BAD_STACKS, type BadStack } from "../support/policy/bad-stacks";
import { goodObjects, grouped, ObjectPreviews } from "../support/policy/objects";
import { type PolicyEvent, type Preview, summary } from "../support/policy/pack-preview";

// Copies of one object count several times in the sums; there is a stack for each of those policies below.
const SUMS_OFF = { "node-budget": "disabled", "cluster-capacity": "disabled" };

/** Every message has the four parts; the policy's own says which object and what is wrong with it. */
function assertStoppedBy(bad: BadStack, violations: readonly PolicyEvent[]): void {
  const stoppers = [...new Set(violations.map((violation) => violation.policy))];
  assert.deepEqual(stoppers, [bad.policy], summary(violations).join("\n"));
  for (const { message } of violations)
    assert.match(message, /^.+\.\n.+\n {2}found: {3}.+\n {2}allowed: .+\n {2}fix: {5}.+\n$/);
  assert.match(violations.map(({ message }) => message).join("\n"), bad.found);
}

describe("bad stacks in the real engine", function () {
  this.timeout(300_000);
  const good = goodObjects();
  const previews = new ObjectPreviews("policy-bad");
  before(compilePolicyPack);
  after(() => previews.remove());

  it("have numbers of their own, and one for each policy at least", () => {
    const all = [...BAD_OBJECTS, ...BAD_STACKS];
    assert.deepEqual(
      all.map(({ number }) => number),
      all.map((_, index) => index + 1),
    );
    const covered = new Set([...all.map(({ policy }) => policy), "override-fields"]);
    assert.deepEqual(
      // Those of AWS are asked in the rung with its provider.
      POLICIES.filter((policy) => !("checkAws" in policy))
        .map(({ name }) => name)
        .filter((name) => !covered.has(name)),
      [],
    );
  });

  describe("with one bad object each, in one preview beside the good stack,", () => {
    let preview: Preview;
    before(async () => {
      const objects = [
        ...grouped("good", good.all),
        ...BAD_OBJECTS.flatMap((bad) => grouped(groupOf(bad), bad.objects(good))),
      ];
      preview = await previews.preview(objects, { policyConfig: SUMS_OFF });
    });

    it("end the preview with an exit code that is not 0, and leave the good stack alone", () => {
      assert.notEqual(preview.code, 0, preview.output);
      assert.deepEqual(summary(preview.violations.filter(({ urn }) => !/::bad-\d\d\//.test(urn))), []);
      assert.deepEqual(preview.advice, []);
    });

    for (const bad of BAD_OBJECTS)
      it(`${bad.number}: ${bad.title} is stopped by ${bad.policy}`, () => {
        const own = preview.violations.filter(({ urn }) => urn.includes(`::${groupOf(bad)}/`));
        assertStoppedBy(bad, own);
      });
  });

  describe("of all objects, one preview each,", () => {
    // A preview waits for its own programs half of the time, so two at once are faster than one after the other.
    const lanes = [new ObjectPreviews("policy-bad-a"), new ObjectPreviews("policy-bad-b")];
    let started: Promise<Preview>[];
    before(() => {
      const ends: Promise<unknown>[] = lanes.map(() => Promise.resolve());
      started = BAD_STACKS.map((bad, i) => {
        const lane = i % lanes.length;
        const preview = ends[lane]!.then(() => lanes[lane]!.preview(grouped("all", bad.objects(good))));
        // Whoever waits for this preview is told of its failure; the next one starts all the same.
        ends[lane] = preview.catch(() => undefined);
        return preview;
      });
    });
    after(async () => {
      await Promise.allSettled(started);
      for (const lane of lanes) lane.remove();
    });

    for (const [i, bad] of BAD_STACKS.entries())
      it(`${bad.number}: ${bad.title} is stopped by ${bad.policy}`, async () => {
        const preview = await started[i]!;
        assert.notEqual(preview.code, 0, preview.output);
        assertStoppedBy(bad, preview.violations);
      });
  });
});

function groupOf({ number }: BadStack): string {
  return `bad-${String(number).padStart(2, "0")}`;
}
