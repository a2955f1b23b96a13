import assert from "node:assert/strict";
import { type Condition, parseCondition } from "../support/falco/falco-conditions";
import { type FalcoEvent, RuleEvaluator } from "../support/falco/falco-evaluate";
import { API_ADDRESSES, SAMPLES } from "../support/falco/falco-events";
import { falcoContribution, ruleEntries, rulesOf } from "../support/falco/falco-plan";

// By an evaluator of our own, since Falco's engine can't be had here: see RuleEvaluator.
describe("sample events of Falco's rules", () => {
  const contribution = falcoContribution(
    `{kubernetesApi: {addresses: ${JSON.stringify(API_ADDRESSES)}, ports: [443]}}`,
  );
  const rules = rulesOf(contribution);
  const evaluator = new RuleEvaluator(ruleEntries(contribution));

  it("are there for every rule of the stack, and for no other", () => {
    assert.deepEqual(Object.keys(SAMPLES).sort(), rules.map(({ rule }) => rule).sort());
  });

  for (const rule of rules)
    describe(rule.rule, () => {
      const { fires = {}, silent = {} } = SAMPLES[rule.rule] ?? {};
      const [first = {}] = Object.values(fires);
      const quiet = Object.entries(silent).map(([why, change]) => [why, { ...first, ...change }] as const);

      for (const [what, event] of Object.entries(fires))
        it(`fires: ${what}`, () => assert.ok(evaluator.fires(rule, event)));

      for (const [why, event] of quiet)
        it(`is silent: ${why}`, () => assert.equal(evaluator.fires(rule, event), false));

      it("needs each of its conditions: without it, one of the silent samples would fire", () => {
        const parts = conditionsOf(parseCondition(rule.condition));
        for (const [index, part] of parts.entries()) {
          const others = parts.filter((_, other) => other !== index);
          const kept = quiet.filter(
            ([, event]) =>
              others.every((other) => evaluator.holds(other, event)) && !evaluator.holds(part, event),
          );
          assert.ok(kept.length > 0, `no sample for ${JSON.stringify(part)}`);
        }
      });

      if (hasExceptionValues(rule.exceptions))
        it("needs its exceptions", () => {
          const condition = parseCondition(rule.condition);
          const excepted = (event: FalcoEvent) =>
            evaluator.holds(condition, event) && evaluator.isExcepted(rule, event);
          assert.ok(quiet.some(([, event]) => excepted(event)));
        });
    });
});

function conditionsOf(condition: Condition): Condition[] {
  return "all" in condition ? condition.all : [condition];
}

function hasExceptionValues(exceptions: readonly { values: unknown[] }[]): boolean {
  return exceptions.some(({ values }) => values.length > 0);
}
