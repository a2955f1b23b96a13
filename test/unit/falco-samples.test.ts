import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Condition, parseCondition } from "../support/falco/falco-conditions";
import { type FalcoEvent, RuleEvaluator } from "../support/falco/falco-evaluate";
import { EVASIONS, EVERYDAY } from "../support/falco/falco-evasions";
import { API_ADDRESSES, IN_A_POD, RUNTIME, SAMPLES } from "../support/falco/falco-events";
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

  describe("ways past the rules", () => {
    const page = fs.readFileSync(
      path.join(__dirname, "..", "..", "components", "falco", "README.md"),
      "utf8",
    );
    const rows = page.split("\n").filter((line) => line.startsWith("| "));

    for (const { evasion, rule: name, event } of EVASIONS)
      it(`are seen, and said on the page: ${evasion}`, () => {
        const rule = rules.find((one) => one.rule === name);
        assert.ok(rule, name);
        assert.ok(evaluator.fires(rule, event));
        assert.ok(
          rows.some((row) => row.startsWith(`| ${evasion} | ${name} |`)),
          `no row for ${evasion}`,
        );
      });

    it("are seen whatever the parent: without one, each rule fires all the same", () => {
      for (const { evasion, rule: name, event } of EVASIONS) {
        const { "proc.pname": _name, "proc.pcmdline": _cmdline, "proc.pexepath": _path, ...without } = event;
        assert.ok(
          rules.some((rule) => rule.rule === name && evaluator.fires(rule, without)),
          evasion,
        );
      }
    });
  });

  it("know a runtime at a path of the config's", () => {
    const event = { ...IN_A_POD, ...RUNTIME, "evt.type": "setns", "proc.exepath": "/srv/c++/runc.v2" };
    const firesWith = (config: string) => {
      const changed = falcoContribution(config);
      const rule = rulesOf(changed).find((one) => one.rule === "Namespace entered from container");
      return rule && new RuleEvaluator(ruleEntries(changed)).fires(rule, event);
    };
    assert.equal(firesWith("{}"), true);
    assert.equal(firesWith("{runtimePaths: [/srv/c++/runc.v2]}"), false);
    assert.equal(firesWith("{runtimePaths: [/srv/c++/runcXv2]}"), true);
  });

  describe("everyday work", () => {
    for (const { what, rule: name, event } of EVERYDAY)
      it(`is no alert: ${what}`, () => {
        const rule = rules.find((one) => one.rule === name);
        assert.ok(rule, name);
        assert.equal(evaluator.fires(rule, event), false);
      });
  });
});

function conditionsOf(condition: Condition): Condition[] {
  return "all" in condition ? condition.all : [condition];
}

function hasExceptionValues(exceptions: readonly { values: unknown[] }[]): boolean {
  return exceptions.some(({ values }) => values.length > 0);
}
