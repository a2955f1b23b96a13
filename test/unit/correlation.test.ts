import assert from "node:assert/strict";
import { ContractError, type ContractErrorCode } from "../../components/core/contract/contract-error";
import { plan } from "../../components/core/plan/plan";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { CORRELATION_RULES } from "../../components/correlation/all-rules";
import { schema } from "../../components/correlation/correlation-schema";
import type { ResolvedRule } from "../../components/correlation/program/resolved-rule";
import { RuleRun } from "../../components/correlation/program/rule-run";
import { allRules, resolveRules } from "../../components/correlation/resolve-rules";
import {
  type CorrelationRule,
  type SampleStream,
  stepName,
} from "../../components/documents/correlation-rule";
import { SIGNALS } from "../../components/documents/signals";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { bruteForce, type OracleRule, randomCase, type StreamEvent } from "../support/correlation/oracle";
import { MINIMAL, settingsOf } from "../support/stack/config";

const { documents } = registryFacts(FEATURES);
const RULES = resolveRules(documents, INDICES, schema.parse({}));

describe("correlation rules", () => {
  for (const rule of CORRELATION_RULES) {
    for (const stream of rule.samples?.found ?? [])
      it(`${rule.name} finds: ${stream.why}`, () => assert.equal(matchesOf(rule, stream).length, 1));
    for (const stream of rule.samples?.notFound ?? [])
      it(`${rule.name} leaves: ${stream.why}`, () => assert.deepEqual(matchesOf(rule, stream), []));
  }

  it("have samples of both kinds, a file each, and what they do is in ATT&CK's terms", () => {
    for (const { name, samples, attack, type } of CORRELATION_RULES) {
      assert.ok(samples && samples.found.length > 0 && samples.notFound.length > 0, name);
      assert.ok(attack.length > 0 || type === "value_count", name);
    }
  });

  it("ask for signals of which every one is used, and shown by a tool", () => {
    const used = CORRELATION_RULES.flatMap(({ steps }) => steps.flatMap(({ signal }) => signal ?? []));
    for (const signal of Object.keys(SIGNALS))
      assert.ok(
        used.some((one) => one === signal),
        signal,
      );
    for (const { steps } of RULES)
      for (const { query } of steps) assert.ok(JSON.stringify(query).length > 30);
  });

  it("are in the ConfigMap of the program as data, with those of the tools and of the config", () => {
    const config = plan(settingsOf(`${MINIMAL}${featureWith(OWN)}`, FEATURES));
    const { manifests } = config.features.find(({ name }) => name === "correlation")!.contribution;
    const text = manifests.find((one) => one.kind === "ConfigMap")!.data!["rules.json"]!;
    const names = (JSON.parse(text) as ResolvedRule[]).map(({ name }) => name);
    for (const name of ["token-read-api-call", "audit-denied-burst", "own-rule"])
      assert.ok(names.includes(name), name);
    assert.equal(new Set(names).size, names.length);
  });

  it("can be switched off by name", () => {
    const rules = resolveRules(documents, INDICES, schema.parse({ disable: ["two-sensors"] }));
    assert.equal(rules.length, RULES.length - 1);
  });
});

const OWN = `{name: own-rule, title: Own, severity: 3, type: temporal, timespanMinutes: 5, fix: Look.,
  steps: [download, {name: shell, where: {rule.name: [Terminal shell in container]}}], groupBy: [kubernetes.pod.name]}`;

function featureWith(...rules: string[]): string {
  return `features: [{name: correlation, enabled: true, config: {rules: [${rules.join(", ")}]}}]\n`;
}

describe("correlation rules that are refused at plan", () => {
  const refused = (code: ContractErrorCode, pattern: RegExp, ...rules: string[]) =>
    assert.throws(
      () => plan(settingsOf(`${MINIMAL}${featureWith(...rules)}`, FEATURES)),
      (error: unknown) => {
        assert.ok(error instanceof ContractError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, pattern);
        return true;
      },
    );

  it("one that groups by a field that no tool has, or that can't be grouped by", () => {
    refused(
      "FTR011",
      /groups? |goes by the field kubernetes\.pod\.colour/,
      OWN.replace("kubernetes.pod.name", "kubernetes.pod.colour"),
    );
    refused("FTR011", /message, which is of the type text/, OWN.replace("kubernetes.pod.name", "message"));
    refused("FTR011", /kubernetes\.labels\.app/, OWN.replace("kubernetes.pod.name", "kubernetes.labels.app"));
  });

  it("one that selects by a field that no tool has", () => {
    refused("FTR011", /rule\.nom/, OWN.replace("rule.name", "rule.nom"));
  });

  it("one whose state can't be asked by its fields", () => {
    const rule = OWN.replace(
      "groupBy: [kubernetes.pod.name]",
      "groupBy: [process.name], while: exploitable-vulnerability",
    );
    refused("FTR011", /process\.name/, rule);
  });

  it("one that has another, or itself, as a step", () => {
    refused("FTR008", /"own-rule" has the step "own-rule"/, OWN.replace("name: shell", "name: own-rule"));
    refused("FTR008", /two-sensors/, OWN.replace("name: shell", "name: two-sensors"));
    const circle = OWN.replace(
      "rule.name: [Terminal shell in container]",
      "labels.security_tool: [correlation]",
    );
    refused("FTR008", /correlation itself/, circle);
  });

  it("two of one name, and two that look for the same", () => {
    refused("FTR009", /two rules have the name "own-rule"/, OWN, OWN.replace("Minutes: 5", "Minutes: 6"));
    refused(
      "FTR009",
      /"own-rule" and "another" look for the same/,
      OWN,
      OWN.replace("own-rule", "another").replace("Minutes: 5", "Minutes: 50"),
    );
  });

  it("a name of `disable` that is no rule's", () => {
    const text = `${MINIMAL}features: [{name: correlation, enabled: true, config: {disable: [two-sensor]}}]\n`;
    assert.throws(() => plan(settingsOf(text, FEATURES)), /FTR011.*two-sensor.*one of .*two-sensors/s);
  });

  it("one whose parts do not go with its type", () => {
    for (const [wrong, problem] of [
      [OWN.replace("type: temporal", "type: event_count"), /atLeast/],
      [OWN.replace("type: temporal", "type: temporal, atLeast: 3"), /does not count/],
      [OWN.replace("type: temporal", "type: value_count, atLeast: 3"), /field/],
      [OWN.replace(/steps: \[download, .*\}\}\]/, "steps: [download]"), /two or more/],
      [OWN.replace("[download,", "[downlod,"), /steps/],
    ] as const)
      assert.throws(() => settingsOf(`${MINIMAL}${featureWith(wrong)}`, FEATURES), problem);
  });

  it("none of the stack's own, alone or with all tools", () => {
    assert.ok(allRules(documents, schema.parse({})).length >= 14);
  });
});

describe("evaluation of rules over a stream", () => {
  it("agrees with trying every choice of events, on 200 random streams in two orders of equal times", () => {
    let found = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const { rule, events } = randomCase(seed);
      const expected = bruteForce(rule, events);
      found += expected.size;
      for (const order of [events, events.toReversed()])
        assert.deepEqual([...evaluated(rule, order)].sort(), [...expected].sort(), `seed ${seed}`);
    }
    console.log(`        ${found} chains in 200 streams`);
    assert.ok(found > 150, String(found));
  });

  it("finds the same whatever part of the stream was there before", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { rule, events } = randomCase(seed);
      const all = evaluated(rule, events);
      const some = evaluated(rule, events.slice(0, events.length / 2));
      for (const chain of some) assert.ok(all.has(chain), `seed ${seed}: ${chain} was found too early`);
    }
  });

  it("forgets keys whose time has passed", () => {
    const rule = resolved({ type: "event_count", steps: ["a"], timespanMs: 60_000, atLeast: 1_000_000 });
    const run = new RuleRun(rule);
    let most = 0;
    for (let i = 0; i < 200_000; i += 1) {
      run.push({ time: i * 10, id: "e", steps: [0], keys: [`["k${i}"]`] });
      most = Math.max(most, run.keys);
    }
    // Those of a minute, and of the events until they are looked through again.
    assert.ok(most > 6_000 && most <= 6_000 + 20_000 + 1, String(most));
  });
});

/** The chains that the product's code finds, as the oracle names them. */
function evaluated(rule: OracleRule, events: readonly StreamEvent[]): Set<string> {
  const run = new RuleRun(resolved(rule));
  for (const { id, time, steps, key, values } of [...events].sort((a, b) => a.time - b.time)) {
    const places = steps.map((step) => rule.steps.indexOf(step)).filter((place) => place >= 0);
    if (places.length > 0) run.push({ id, time, steps: places, keys: [key], values });
  }
  run.end();
  return new Set([...run.matches.values()].map(({ key, hour }) => `${key} ${hour}`));
}

function resolved({ type, steps, timespanMs, atLeast }: OracleRule): ResolvedRule {
  return {
    ...{ name: "r", title: "r", severity: 3, attack: [], type, timespanMs, atLeast, groupBy: ["k"], fix: "" },
    steps: steps.map((name) => ({ name, query: {} })),
  };
}

/** What a rule finds in a sample stream; the state that it may ask for is taken to hold. */
function matchesOf(rule: CorrelationRule, { events }: SampleStream) {
  const names = rule.steps.map(stepName);
  const run = new RuleRun({
    ...resolved({
      type: rule.type,
      steps: names,
      timespanMs: rule.timespanMinutes * 60_000,
      atLeast: rule.atLeast ?? 1,
    }),
    groupBy: rule.groupBy,
  });
  for (const [i, [seconds, step, fields = {}]] of events.entries()) {
    assert.ok(names.includes(step), `${rule.name} has no step ${step}`);
    const value = rule.field === undefined ? undefined : fields[rule.field];
    const key = rule.groupBy.map((field) => fields[field] ?? `the ${field}`);
    run.push({
      time: seconds * 1000,
      id: `e${i}`,
      steps: [names.indexOf(step)],
      keys: [JSON.stringify(key)],
      values: value === undefined ? [] : [value],
    });
  }
  run.end();
  return [...run.matches.values()];
}
