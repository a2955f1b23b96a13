import assert from "node:assert/strict";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { type AppliedPolicy, judgeManifests } from "../../policy-pack/pack/without-engine";
import { compilePolicyPack } from "../../tools/dev/policy/compile";
import { appliedBy, environmentFile, readEnvironment } from "../../tools/dev/policy/environment";
import { BAD_OBJECTS, BAD_STACKS, type BadStack } from "../support/policy/bad-stacks";
import { goodObjects, grouped, ObjectPreviews } from "../support/policy/objects";
import { type Preview, summary } from "../support/policy/pack-preview";
import { assertStopped, assertStoppedBy } from "../support/policy/stopped-by";

// Copies of one object count several times in the sums; there is a stack for each of those policies below.
const SUMS_OFF = { "node-budget": "disabled", "cluster-capacity": "disabled" };

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

  describe("of all objects", () => {
    const applied = atTheLevelsOfProduction();

    // All of them: bad-stacks.all.test.ts.
    it("end a preview in the engine with an exit code that is not 0", async () => {
      const [bad] = BAD_STACKS;
      assertStopped(bad!, await previews.preview(grouped("all", bad!.objects(good))));
    });

    for (const bad of BAD_STACKS)
      it(`${bad.number}: ${bad.title} is stopped by ${bad.policy}, by what the engine calls`, () => {
        const judged = judgeManifests(bad.objects(good), applied, new Date().toISOString().slice(0, 10));
        // The engine writes the rule before the message.
        const mandatory = judged.filter(({ level }) => level === "mandatory");
        assertStoppedBy(
          bad,
          mandatory.map(({ policy, message }) => ({
            policy: policy.name,
            message: `${policy.rule}\n${message}\n`,
          })),
        );
      });
  });
});

function atTheLevelsOfProduction(): AppliedPolicy[] {
  const policies = POLICIES.filter(({ needsPulumi }) => !needsPulumi);
  return appliedBy(readEnvironment(environmentFile("prod")), policies);
}

function groupOf({ number }: BadStack): string {
  return `bad-${String(number).padStart(2, "0")}`;
}
