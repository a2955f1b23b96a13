import { compilePolicyPack } from "../../tools/dev/policy/compile";
import { BAD_STACKS } from "../support/policy/bad-stacks";
import { goodObjects, grouped, ObjectPreviews } from "../support/policy/objects";
import type { Preview } from "../support/policy/pack-preview";
import { assertStopped } from "../support/policy/stopped-by";

describe("bad stacks of all objects, one preview each in the real engine", function () {
  this.timeout(300_000);
  const good = goodObjects();
  // A preview waits for its own programs half of the time, so two at once are faster than one after the other.
  const lanes = [new ObjectPreviews("policy-bad-a"), new ObjectPreviews("policy-bad-b")];
  let started: Promise<Preview>[];

  before(async () => {
    await compilePolicyPack();
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
    it(`${bad.number}: ${bad.title} is stopped by ${bad.policy}`, async () =>
      assertStopped(bad, await started[i]!));
});
