import type { Feature } from "../../../components/core/contract/feature";
import {
  FRAMEWORKS,
  type Framework,
  POLICY_FRAMEWORKS,
  parseReference,
  type Reference,
} from "../../../components/core/tables/frameworks";
import type { Policy } from "../../../policy-pack/pack/policy";
import type { Scenario } from "../../../scenarios/model/scenario-schema";

export type Kind = "feature" | "policy" | "rule" | "scenario";

/** A part of the stack that supports chapters of frameworks. */
export interface Part {
  kind: Kind;
  /** As config, policy files and commands name it. */
  name: string;
  title: string;
  references: readonly Reference[];
  /** Where it can be looked at, and the tests that show it: paths in the repository. */
  evidence: readonly string[];
  tests: readonly string[];
  /** Of a rule the feature that has it. */
  feature?: string;
}

/** What the compliance texts are made of. */
export interface Sources {
  features: readonly Feature[];
  policies: readonly Policy[];
  scenarios: readonly Scenario[];
}

/**
 * Attack scenarios test regularly whether the measures work, which is all that one of them says of a standard. What
 * they attack and find is in their own file.
 */
const OF_SCENARIOS = [
  "NIST CSF 2.0 ID.IM-02",
  "NIST CSF 2.0 DE.CM-09",
  "ISO/IEC 27001:2022 8.16",
  "GDPR 32(1)(d)",
  "SOC 2 CC4.1",
];

/** Of what a feature supports, what its rules do: they find something. */
const OF_RULES = [
  ...["NIST CSF 2.0 DE.CM-01", "NIST CSF 2.0 DE.CM-03", "NIST CSF 2.0 DE.CM-09", "NIST CSF 2.0 DE.AE-03"],
  ...["ISO/IEC 27001:2022 8.16", "NSA/CISA audit-logging-and-threat-detection", "SOC 2 CC7.2"],
];

/** Sections of CIS that are about what a chapter of NSA's and CISA's guidance is about. */
const NSA_OF_CIS: Readonly<Record<string, string>> = {
  "5.1": "NSA/CISA authentication-and-authorization",
  "5.2": "NSA/CISA pod-security",
  "5.3": "NSA/CISA network-separation",
};

/** Every part that supports something, in the order of their names. @throws Error for a chapter that is not there */
export function partsOf({ features, policies, scenarios }: Sources): Part[] {
  return [
    ...[...features].sort(byName).map(featurePart),
    ...[...policies].sort(byName).map(policyPart),
    ...[...features].sort(byName).flatMap(ruleParts),
    ...[...scenarios].sort((a, b) => (a.id < b.id ? -1 : 1)).map(scenarioPart),
  ].filter(({ references }) => references.length > 0);
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function featurePart({ name, title, frameworks = [], tests = [] }: Feature): Part {
  return {
    ...{ kind: "feature", name, title },
    references: frameworks.flatMap(parseReference),
    evidence: ["README.md", "docs/config-reference.md"],
    tests,
  };
}

function ruleParts({ name: feature, title, frameworks = [], tests = [], detectionRules }: Feature): Part[] {
  const references = frameworks.filter((reference) => OF_RULES.includes(reference)).flatMap(parseReference);
  const names = new Set((detectionRules?.() ?? []).map(({ name }) => name));
  return [...names].sort().map((name) => ({
    ...{ kind: "rule", name, feature, references, tests },
    title: `A rule of ${title}.`,
    evidence: ["docs/scenarios.md"],
  }));
}

function policyPart({ name, rule, frameworks }: Policy): Part {
  const own = (["nist", "iso", "cis"] as const).flatMap((key) =>
    frameworks[key].map((id) => `${POLICY_FRAMEWORKS[key].prefix} ${id}`),
  );
  const sections = frameworks.cis.map((id) => id.split(".").slice(0, 2).join("."));
  const guidance = [...new Set(sections.flatMap((section) => NSA_OF_CIS[section] ?? []))];
  const references = [...own, ...guidance].flatMap(parseReference);
  return {
    ...{ kind: "policy", name, title: rule, references },
    evidence: [`policy-pack/policies/${name}.ts`, "docs/policies.md"],
    tests: ["test/policy/bad-stacks.test.ts", "test/policy/good-stack.test.ts"],
  };
}

function scenarioPart({ id, title }: Scenario): Part {
  return {
    ...{ kind: "scenario", name: id, title },
    references: OF_SCENARIOS.flatMap(parseReference),
    evidence: [`scenarios/attacks/${id}.ts`, "docs/scenarios.md"],
    tests: ["test/pipeline/scenario-replay.test.ts"],
  };
}

/** A chapter, and the parts that support it. */
export interface Row {
  framework: Framework;
  control: string;
  parts: Part[];
}

/** The chapters that something supports, by framework and in its order. */
export function rowsOf(parts: readonly Part[]): Row[] {
  return FRAMEWORKS.flatMap((framework) =>
    framework.controls.flatMap((control) => {
      const supporting = parts.filter(({ references }) =>
        references.some((one) => one.framework === framework && one.control === control),
      );
      return supporting.length > 0 ? [{ framework, control, parts: supporting }] : [];
    }),
  );
}

/** How many chapters of each framework something supports. */
export function coverage(rows: readonly Row[]): { framework: Framework; supported: number; all: number }[] {
  return FRAMEWORKS.map((framework) => ({
    framework,
    supported: rows.filter((row) => row.framework === framework).length,
    all: framework.controls.length,
  }));
}
