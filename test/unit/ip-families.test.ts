import assert from "node:assert/strict";
import { stringify } from "yaml";
import { plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { GOOD_CONFIG } from "../support/policy/good-stack";
import { settingsOf } from "../support/stack/config";

// A kubelet's probes go to the pod's own address, which is of the other family in an IPv6 cluster.
describe("pods in a cluster of either address family", () => {
  it("listen at no address that is of one family only", () => {
    const { features } = plan(settingsOf(stringify(GOOD_CONFIG), FEATURES));
    const texts = features.flatMap(({ name, contribution }) =>
      textsIn(contribution).map((text) => ({ name, text })),
    );
    assert.ok(texts.length > 1000, `only ${texts.length} texts`);
    // A network has a slash after it, and a rule may be about that address.
    const only = texts.filter(({ text }) => /(?<![\d.]|!= ")0\.0\.0\.0(?![\d./])/.test(text));
    assert.deepEqual(
      only.map(({ name, text }) => `${name}: ${/.*0\.0\.0\.0.*/.exec(text)?.[0]}`),
      [],
    );
  });
});

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
