import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { NOISY_RULES, STABLE_RULES } from "../../components/falco/noise";
import { readCondition } from "../support/falco/falco-conditions";
import { FALCO_EVENTS, isFalcoField, STABLE_LISTS, STABLE_MACROS } from "../support/falco/falco-facts";
import {
  configMapData,
  type FalcoRule,
  falcoContribution,
  falcoYamlOf,
  ruleEntries,
  rulesOf,
} from "../support/falco/falco-plan";
import { TACTIC_OF_TECHNIQUE } from "../support/scenarios/mitre";

// design: Emergency and Alert 5, Critical 4, Error and Warning 3, Notice 2, the rest 1.
const PRIORITIES = ["CRITICAL", "WARNING", "NOTICE"];

/** Rules for programs that are in no image: those of the stack's pods are not left out. */
const FOREIGN_PROGRAMS = [
  "Program from a volume started in container",
  "Program run from memory as the container runtime",
];

const contribution = falcoContribution();
const rules = rulesOf(contribution);
const entries = ruleEntries(contribution);

function exceptionFields({ exceptions }: FalcoRule): string[] {
  return exceptions.flatMap((exception) => exception.fields);
}

describe("Falco's rules of the stack", () => {
  it("cover what the stable rules miss", () => {
    const techniques = new Set(rules.flatMap((rule) => rule.tags.filter((tag) => /^T\d/.test(tag))));
    for (const technique of ["T1528", "T1053.003", "T1611", "T1613", "T1059.004", "T1609", "T1071"])
      assert.ok(techniques.has(technique), technique);
  });

  it("have names that no stable rule has", () => {
    const names = rules.map((rule) => rule.rule);
    assert.deepEqual(
      [...new Set(names)].filter((name) => !STABLE_RULES.includes(name)),
      names,
    );
  });

  it("are all known as rules that are on, also where a priority or a tag makes the files be read for more", () => {
    const own = rules.map((rule) => rule.rule);
    const detections = (config: string) =>
      (falcoContribution(config).detections ?? []).filter((name) => !STABLE_RULES.includes(name));
    assert.deepEqual(detections("{}"), own);
    const tagged = (tag: string) => rules.filter(({ tags }) => !tags.includes(tag)).map((rule) => rule.rule);
    assert.deepEqual(detections("{rules: {disableTags: [T1611]}}"), tagged("T1611"));
    const critical = rules.filter(({ priority }) => priority === "CRITICAL").map((rule) => rule.rule);
    assert.deepEqual(detections("{priority: Critical}"), critical);
  });

  for (const rule of rules) {
    describe(rule.rule, () => {
      it("says what it is: description, priority of the severity table, ATT&CK technique with its tactic", () => {
        assert.ok(rule.desc.length > 60);
        assert.ok(PRIORITIES.includes(rule.priority), rule.priority);
        const techniques = rule.tags.filter((tag) => /^T\d{4}(\.\d{3})?$/.test(tag));
        const tactics = rule.tags.filter((tag) => tag.startsWith("mitre_"));
        assert.ok(techniques.length > 0 && tactics.length === 1, rule.tags.join(", "));
        for (const technique of techniques)
          assert.ok(
            TACTIC_OF_TECHNIQUE[technique]?.includes(tactics[0] ?? ""),
            `${technique} in ${tactics[0]}`,
          );
      });

      it("has a condition that Falco's grammar accepts, with fields and events that Falco has", () => {
        const { fields, eventTypes } = readCondition(rule.condition);
        for (const field of fields) assert.ok(isFalcoField(field), field);
        for (const event of eventTypes) assert.ok(FALCO_EVENTS.has(event), event);
      });

      it("refers to macros and lists that are defined before it, here or in the stable rules", () => {
        const before = entries.slice(
          0,
          entries.findIndex((entry) => entry["rule"] === rule.rule),
        );
        const macros = new Set([...STABLE_MACROS, ...before.map((entry) => entry["macro"])]);
        const { macros: used } = readCondition(rule.condition);
        for (const macro of used) assert.ok(macros.has(macro), macro);
      });

      it("prints fields that Falco has, the process and its command line among them", () => {
        const printed = [...rule.output.matchAll(/%([a-z][\w.]*)/g)].map((match) => match[1] ?? "");
        for (const field of printed) assert.ok(isFalcoField(field), field);
        for (const field of ["proc.name", "proc.cmdline", "user.name"])
          assert.ok(printed.includes(field), field);
      });

      it("has exceptions that a user can add to: by namespace and by image", () => {
        const fields = exceptionFields(rule);
        for (const field of fields) assert.ok(isFalcoField(field), field);
        for (const field of ["k8s.ns.name", "container.image.repository"])
          assert.ok(fields.includes(field), field);
        for (const { fields: names, comps, values } of rule.exceptions) {
          assert.equal([names].flat().length, [comps].flat().length);
          if (Array.isArray(names))
            for (const value of values) assert.equal((value as unknown[]).length, names.length);
        }
      });

      if (!FOREIGN_PROGRAMS.includes(rule.rule))
        it("leaves the stack's own pods out", () => {
          assert.ok(readCondition(rule.condition).macros.has("security_stack_workload"));
        });
    });
  }

  it("have macros that the grammar accepts, with known fields, events and lists", () => {
    const known = new Set<unknown>(STABLE_MACROS);
    const lists = new Set<unknown>([...STABLE_LISTS, ...entries.map((entry) => entry["list"])]);
    for (const entry of entries.filter((e) => typeof e["macro"] === "string")) {
      const used = readCondition(String(entry["condition"]));
      for (const field of used.fields) assert.ok(isFalcoField(field), `${entry["macro"]}: ${field}`);
      for (const event of used.eventTypes) assert.ok(FALCO_EVENTS.has(event), `${entry["macro"]}: ${event}`);
      for (const macro of used.macros) assert.ok(known.has(macro), `${entry["macro"]}: ${macro}`);
      for (const item of used.listItems.values())
        if (item.includes("_")) assert.ok(lists.has(item), `${entry["macro"]}: ${item}`);
      known.add(entry["macro"]);
    }
  });

  it("take namespaces, networks and addresses from the stack config", () => {
    const changed = falcoContribution(
      `{outbound: {clusterCidrs: ["10.8.0.0/14"], namespaces: [payments]}, kubernetesApi: {addresses: ["10.8.0.1", "fd00::1"], ports: [6443]}}`,
    );
    const lists = ruleEntries(changed).filter((entry) => "list" in entry);
    const items = (name: string) => lists.find((entry) => entry["list"] === name)?.["items"];
    assert.deepEqual(items("security_stack_namespaces"), ['"security-system"', '"security-pipeline"']);
    assert.deepEqual(items("cluster_networks"), ['"10.8.0.0/14"']);
    assert.deepEqual(items("k8s_api_addresses"), ['"10.8.0.1"', '"fd00::1"']);
    assert.deepEqual(items("k8s_api_ports"), [6443]);
    assert.deepEqual(items("outbound_watched_namespaces"), ['"payments"']);
  });

  it("are loaded in the order of their names, the lists of the stack config first", () => {
    const files = Object.keys(configMapData(contribution, "falco-rules"));
    assert.deepEqual(files, [...files].sort());
    assert.deepEqual(files.slice(0, 2), ["00-stack.yaml", "10-macros.yaml"]);
  });
});

describe("Falco's noisy rules", () => {
  const page = fs.readFileSync(path.join(__dirname, "..", "..", "components", "falco", "README.md"), "utf8");

  it("are stable rules, switched off before what the config says", () => {
    const selection = falcoYamlOf(
      falcoContribution(
        "{rules: {disable: [Run*], disableTags: [T1622], enable: [Terminal shell in container]}}",
      ),
    ).rules;
    assert.deepEqual(selection, [
      ...NOISY_RULES.map(({ rule }) => ({ disable: { rule } })),
      { disable: { tag: "T1622" } },
      { disable: { rule: "Run*" } },
      { enable: { rule: "Terminal shell in container" } },
    ]);
    for (const { rule } of NOISY_RULES) assert.ok(STABLE_RULES.includes(rule), rule);
  });

  it("each have a reason, another rule that sees the threat, and a way back on, on the page and after `up`", () => {
    for (const noisy of NOISY_RULES) {
      assert.ok(
        rules.some((rule) => rule.rule === noisy.instead),
        noisy.instead,
      );
      for (const text of [noisy.rule, noisy.why, noisy.instead]) assert.ok(page.includes(text), text);
      assert.ok(
        contribution.nextSteps?.some((step) => step.includes(noisy.rule) && step.includes("rules.enable")),
      );
      const enabled = falcoContribution(`{rules: {enable: ["${noisy.rule}"]}}`);
      assert.equal(
        enabled.nextSteps?.some((step) => step.includes(noisy.rule)),
        false,
      );
    }
  });

  it("and the stack's rules are all on the page, with priority and technique", () => {
    for (const rule of rules) {
      const row = page.split("\n").find((line) => line.startsWith(`| ${rule.rule} |`));
      assert.ok(row, rule.rule);
      assert.ok(row.toUpperCase().includes(`| ${rule.priority} |`), row);
      for (const tag of rule.tags.filter((t) => /^T\d/.test(t))) assert.ok(row.includes(tag), row);
    }
  });
});
