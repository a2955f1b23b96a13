import assert from "node:assert/strict";
import { ContractError, type ContractErrorCode } from "../../components/core/contract/contract-error";
import type { Feature } from "../../components/core/contract/feature";
import { inOrder } from "../../components/core/plan/ordering";
import { planWithExtras } from "../../components/core/plan/plan";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { KEYWORD, LONG, object } from "../../components/documents/fields";
import { indexTemplates } from "../../components/documents/index-templates";
import type { Capability } from "../../components/kubernetes/capabilities";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { MINIMAL, settingsOf } from "../support/stack/config";
import { toyCollector, toyFeature } from "../support/toy/toy-feature";

const EMPTY = { manifests: [], conditions: [] };

function planOf(registry: readonly Feature[]) {
  const toggles = registry.map(({ name }) => `${name}: true`).join(", ");
  return planWithExtras(settingsOf(`${MINIMAL}toggle: {${toggles}}`, registry));
}

function refuses(registry: readonly Feature[], code: ContractErrorCode, ...sides: string[]) {
  assert.throws(
    () => planOf(registry),
    (error: unknown) => {
      assert.ok(error instanceof ContractError, String(error));
      assert.equal(error.code, code);
      for (const side of sides) assert.ok(error.message.includes(side), `${side} in ${error.message}`);
      return true;
    },
  );
}

describe("what features bring is refused at plan where it does not fit together", () => {
  // As a feature of somebody who does not have the types checked.
  const unknown = "storage" as Capability;

  it("a capability that is none, on a feature, a chart and a custom object", () => {
    refuses(
      [toyFeature("toy", { after: [unknown] })],
      "FTR001",
      'toy names the capability "storage"',
      "mesh",
    );
    const source = { chart: "x" };
    const chart = { name: "c", namespace: "n", source, values: {}, after: [unknown] };
    refuses([toyFeature("toy", { plan: () => ({ ...EMPTY, charts: [chart] }) })], "FTR001", "chart c of toy");
    const custom = { kind: "K", apiVersion: "a.b/v1" as const, metadata: { name: "k" }, provides: [unknown] };
    refuses(
      [toyFeature("toy", { plan: () => ({ ...EMPTY, customObjects: [custom] }) })],
      "FTR001",
      "K k of toy",
    );
  });

  it("features that wait for each other", () => {
    const a = toyFeature("a", { after: ["cni"], provides: ["mesh"] });
    const b = toyFeature("b", { after: ["mesh"], provides: ["cni"] });
    refuses([a, b], "FTR002", "a waits for b waits for a");
  });

  it("one namespace with two levels", () => {
    const bring = (podSecurity: "baseline" | "restricted") => () => ({
      ...EMPTY,
      namespaces: [{ name: "shared", podSecurity }],
    });
    refuses(
      [toyFeature("a", { plan: bring("baseline") }), toyFeature("b", { plan: bring("restricted") })],
      "FTR003",
      "a wants shared baseline",
      "b wants it restricted",
    );
    refuses(
      [
        toyFeature("a", {
          plan: () => ({ ...EMPTY, namespaces: [{ name: "security-system", podSecurity: "restricted" }] }),
        }),
        toyFeature(),
      ],
      "FTR003",
      "the stack wants security-system privileged",
    );
  });

  it("a field of two types, also where the tool with the other type is off", () => {
    const withField = (name: string, fields: object) =>
      toyFeature(name, { collector: { ...toyCollector(name), fields: { ...fields } } });
    const a = withField("a", { toy: object({ size: KEYWORD }) });
    const b = withField("b", { toy: object({ size: LONG }) });
    refuses([a, b], "FTR004", "toy.size", "a", "b");
    const off = settingsOf(`${MINIMAL}toggle: {a: true}`, [a, b]);
    assert.throws(() => planWithExtras(off), /FTR004/);
    refuses([withField("a", { message: KEYWORD })], "FTR004", "message", "all documents have");
  });

  it("a severity outside of 1 to 5", () => {
    for (const severity of [0, 6, 2.5, Number.NaN]) {
      const severities = { ...toyCollector("toy").severities, odd: severity as 1 };
      refuses([toyFeature("toy", { collector: { ...toyCollector("toy"), severities } })], "FTR005", '"odd"');
    }
  });

  it("one tool name for the documents of two features", () => {
    const collector = toyCollector("same");
    refuses([toyFeature("a", { collector }), toyFeature("b", { collector })], "FTR006", "a", "b", '"same"');
  });
});

describe("what features bring", () => {
  it("is in the index templates whether or not the tool is on", () => {
    const { documents } = registryFacts(FEATURES);
    const text = JSON.stringify(indexTemplates(INDICES, documents));
    for (const { fields } of documents)
      for (const name of Object.keys(fields)) assert.ok(text.includes(`"${name}":`), name);
  });

  it("comes in the order of capabilities: providers first, the rest as it was", () => {
    const mesh = toyFeature("mesh", { provides: ["mesh"], after: ["crds"], priority: 300 });
    const crds = toyFeature("crds", { provides: ["crds"], priority: 200 });
    const user = toyFeature("user", { after: ["mesh"], priority: 10 });
    const other = toyFeature("other", { priority: 20 });
    const { plan, ordering } = planOf([mesh, crds, user, other]);
    assert.deepEqual(
      inOrder(plan.features, ordering).map(({ name }) => name),
      ["crds", "mesh", "user", "other"],
    );
  });

  it("can be a namespace of its own, with the stack's default-deny", () => {
    const namespaces = [{ name: "toys", podSecurity: "baseline" as const, labels: { team: "toys" } }];
    const { plan } = planOf([toyFeature("toy", { plan: () => ({ ...EMPTY, namespaces }) })]);
    const made = plan.platform.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === "toys");
    assert.equal(made?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "baseline");
    assert.equal(made?.metadata.labels?.["team"], "toys");
    const policies = plan.platform.filter(({ metadata }) => metadata.namespace === "toys");
    assert.deepEqual(policies.map(({ metadata }) => metadata.name).sort(), ["allow-dns", "default-deny"]);
  });
});
