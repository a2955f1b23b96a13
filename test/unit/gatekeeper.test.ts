import assert from "node:assert/strict";
import { ContractError } from "../../components/core/contract/contract-error";
import type { PlannedFeature } from "../../components/core/contract/contribution";
import { plan } from "../../components/core/plan/plan";
import { POLICY_PREFIX, RULE_NAMES, ruleNamed } from "../../components/kubernetes/admission-rules";
import type { CustomObject } from "../../components/kubernetes/manifest";
import { FEATURES } from "../../components/registry";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";

interface Constraint extends CustomObject {
  spec: {
    enforcementAction: string;
    match: { namespaces?: string[]; excludedNamespaces?: string[]; kinds: { kinds: string[] }[] };
  };
}

interface Values {
  replicas: number;
  disableValidatingWebhook: boolean;
  validatingWebhookExemptNamespacesLabels: Record<string, string[]>;
}

const stackWith = (config: object, admission: object = { enabled: false }, more: object[] = []) =>
  `${MINIMAL}\nfeatures: ${JSON.stringify([
    { name: "otel_pipeline", enabled: true },
    { name: "falco", enabled: true },
    { name: "gatekeeper", enabled: true, config },
    { name: "pod_admission", ...admission },
    ...more,
  ])}`;

const features = (...stack: Parameters<typeof stackWith>) =>
  plan(settingsOf(stackWith(...stack), FEATURES)).features;

function named(all: readonly PlannedFeature[], name: string) {
  return all.find((feature) => feature.name === name)!.contribution;
}

function objectsOf(...stack: Parameters<typeof stackWith>) {
  const { customObjects = [] } = named(features(...stack), "gatekeeper");
  const isConstraint = ({ apiVersion }: CustomObject) => apiVersion === "constraints.gatekeeper.sh/v1beta1";
  return {
    templates: customObjects.filter(({ kind }) => kind === "ConstraintTemplate"),
    constraints: customObjects.filter(isConstraint) as Constraint[],
    others: customObjects.filter(({ kind }) => kind === "Config" || kind === "SyncSet"),
  };
}

const LISTS = { registries: ["registry.example"], egressHosts: ["api.example.com"] };

describe("Gatekeeper in the plan", () => {
  it("has a template and a constraint in dryrun for every rule, but for the one that needs a list", () => {
    const { templates, constraints } = objectsOf({});
    const rules = RULE_NAMES.filter(
      (name) => ruleNamed(name).needs === undefined && !ruleNamed(name).ofOthers,
    );
    assert.deepEqual(
      constraints.map(({ metadata }) => metadata.name),
      rules.map((name) => POLICY_PREFIX + name),
    );
    for (const { spec } of constraints) assert.equal(spec.enforcementAction, "dryrun");
    assert.deepEqual(
      templates.map(({ metadata }) => metadata.name),
      constraints.map(({ kind }) => kind.toLowerCase()),
    );
  });

  it("evaluates the very texts of the policies that the API server evaluates", () => {
    const all = features({}, { enabled: true, config: LISTS });
    const policies = named(all, "pod_admission").manifests.flatMap((m) =>
      m.kind === "ValidatingAdmissionPolicy" && m.metadata.name !== "security-stack-mesh-system"
        ? [m.spec!]
        : [],
    );
    const sources = (named(all, "gatekeeper").customObjects ?? []).flatMap((object) =>
      object.kind === "ConstraintTemplate" ? [sourceOf(object)] : [],
    );
    assert.equal(policies.length, RULE_NAMES.length - 1);
    assert.deepEqual(
      sources.map(({ validations, variables, matchCondition }) => ({
        validations,
        variables,
        matchConditions: matchCondition,
      })),
      policies.map(({ validations, variables, matchConditions }) => ({
        validations,
        variables,
        matchConditions,
      })),
    );
  });

  it("goes by the lists of the rules whether or not the API server evaluates them", () => {
    const config = {
      registries: ["registry.example"],
      excludeNamespaces: ["lab"],
      rules: { "host-paths": "off" },
    };
    const { constraints, others } = objectsOf({}, { enabled: false, config });
    const names = constraints.map(({ metadata }) => metadata.name);
    assert.ok(names.includes("security-stack-registries") && !names.includes("security-stack-host-paths"));
    for (const { spec } of constraints) assert.ok(spec.match.excludedNamespaces?.includes("lab"));
    assert.match(JSON.stringify(others), /"excludedNamespaces":\[[^\]]*"lab"/);
  });

  it("has a rule's stage, and a namespace's over it", () => {
    const { constraints } = objectsOf({ rules: { privileged: "deny" }, namespaces: { shop: "warn" } });
    const ofRule = constraints.filter(({ kind }) => kind === "SecurityStackPrivileged");
    assert.deepEqual(
      ofRule.map(({ metadata, spec }) => [metadata.name, spec.enforcementAction]),
      [
        ["security-stack-privileged", "deny"],
        ["security-stack-privileged-warn", "warn"],
      ],
    );
    assert.ok(ofRule[0]?.spec.match.excludedNamespaces?.includes("shop"));
    assert.deepEqual(ofRule[1]?.spec.match.namespaces, ["shop"]);
  });

  it("looks neither at Kubernetes' and the stack's namespaces nor at its own, at admission and in audits", () => {
    const all = features({});
    const left = ["kube-system", "security-system", "security-pipeline", "gatekeeper-system"];
    const { constraints, others } = objectsOf({});
    for (const namespace of left) {
      for (const { spec } of constraints) assert.ok(spec.match.excludedNamespaces?.includes(namespace));
      assert.ok(JSON.stringify(others).includes(`"${namespace}"`));
    }
    // The chart adds its own.
    const exempt = valuesOf(all).validatingWebhookExemptNamespacesLabels["kubernetes.io/metadata.name"];
    for (const namespace of left.slice(0, 3)) assert.ok(exempt?.includes(namespace));
    const policies = JSON.stringify(named(features({}, { enabled: true }), "pod_admission").manifests);
    assert.match(policies, /"NotIn","values":\[[^\]]*"gatekeeper-system"/);
  });

  it("audits every kind that its cache holds, and its cache no kind that no rule is about", () => {
    const { constraints, others } = objectsOf({});
    const judged = constraints[0]!.spec.match.kinds.flatMap(({ kinds }) => kinds);
    const { gvks } = others.find(({ kind }) => kind === "SyncSet")!.spec as { gvks: { kind: string }[] };
    assert.ok(gvks.length > 3);
    for (const { kind } of gvks) assert.ok(judged.includes(kind), kind);
  });

  it("has no webhook, no pods for it and no right to write one where it only audits", () => {
    const all = features({ webhook: false, scrapeNamespaces: [] });
    assert.deepEqual([valuesOf(all).replicas, valuesOf(all).disableValidatingWebhook], [0, true]);
    const text = JSON.stringify(named(all, "gatekeeper").manifests);
    assert.doesNotMatch(text, /"resourceNames":\["gatekeeper-validating/);
    assert.match(text, /"ingress":\[\]/);
  });

  it("may read no Secret outside of its namespace and nothing by a wildcard", () => {
    const roles = named(features({}), "gatekeeper").manifests.filter((m) => m.kind === "ClusterRole");
    assert.equal(roles.length, 1);
    assert.doesNotMatch(JSON.stringify(roles), /secrets|\*/);
  });

  it("is refused as the second that denies by a rule, in one namespace too", () => {
    const refused = (config: object, admission: object) =>
      assert.throws(
        () => features(config, { enabled: true, config: admission }),
        (error) =>
          error instanceof ContractError && error.code === "FTR013" && /privileged/.test(error.found),
      );
    refused({ stage: "deny" }, { stage: "deny" });
    refused({ rules: { privileged: "warn" } }, { rules: { privileged: "deny" } });
    refused({ namespaces: { shop: "deny" } }, { namespaces: { shop: "warn" } });
    features({ rules: { privileged: "deny" } }, { enabled: true, config: { rules: { resources: "deny" } } });
    features({ stage: "deny" }, { enabled: false, config: { stage: "deny" } });
  });

  const MOVED: Record<string, [object, RegExp]> = {
    "the seed's audit.auditInterval": [{ audit: { auditInterval: 60 } }, /auditInterval/],
    "the seed's audit.auditFromCache": [{ audit: { auditFromCache: true } }, /auditInterval/],
    "the chart's auditFromCache": [{ auditFromCache: true }, /SyncSet/],
    "the chart's replicas": [{ replicas: 3 }, /override\.gatekeeper\.replicas/],
    "another chart's replicaCount": [{ replicaCount: 3 }, /override\.gatekeeper\.replicas/],
    "the seed's exemptNamespaces": [{ exemptNamespaces: ["a"] }, /excludeNamespaces/],
    "a list of namespaces of its own": [{ excludeNamespaces: ["a"] }, /pod_admission/],
    "a list of registries of its own": [{ registries: ["a.example"] }, /pod_admission/],
    "a constraint's enforcementAction": [{ enforcementAction: "deny" }, /stage/],
    "a webhook's failurePolicy": [{ failurePolicy: "Fail" }, /lock/],
  };
  for (const [title, [config, fix]] of Object.entries(MOVED))
    it(`refuses ${title} with what to write instead`, () => {
      const [issue] = issuesOf(stackWith(config), FEATURES);
      assert.equal(issue?.code, "CFG019");
      assert.match(issue.fix ?? "", fix);
    });

  const BAD: Record<string, object> = {
    "a stage that does not exist": { stage: "enforce" },
    "a rule that does not exist": { rules: { root: "deny" } },
    "a rule's stage that does not exist": { rules: { privileged: "audit" } },
    "a namespace's stage that does not exist": { namespaces: { shop: "off" } },
    "a namespace that can't be": { namespaces: { Shop: "deny" } },
    "a stage that nobody asks for": { webhook: false, stage: "deny" },
    "a rule's stage that nobody asks for": { webhook: false, rules: { privileged: "warn" } },
    "a namespace's stage that nobody asks for": { webhook: false, namespaces: { shop: "deny" } },
    "an audit every second": { auditInterval: 1 },
    "an audit once a day": { auditInterval: 86_400 },
    "half a violation": { violationsLimit: 0.5 },
    "more violations than a status may hold": { violationsLimit: 10_000 },
    "an unknown key": { mutation: true },
  };
  for (const [title, config] of Object.entries(BAD))
    it(`refuses ${title}`, () => assert.ok(issuesOf(stackWith(config), FEATURES).length > 0));
});

interface Source {
  validations: unknown;
  variables: unknown;
  matchCondition: unknown;
}

function sourceOf({ spec }: CustomObject): Source {
  const { targets } = spec as { targets: { code: { source: Source }[] }[] };
  return targets[0]!.code[0]!.source;
}

function valuesOf(all: readonly PlannedFeature[]): Values {
  return named(all, "gatekeeper").charts![0]!.values as unknown as Values;
}
