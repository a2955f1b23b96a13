import { CHART_NAMESPACES } from "../../components/core/tables/chart-namespaces";
import { celOf } from "../../components/kubernetes/admission-rule-cel";
import { type RuleName, ruleNamed, rulesOf } from "../../components/kubernetes/admission-rules";
import { MESHED_BY_CONFIG } from "../../components/kubernetes/labels";
import { denialOf } from "../admission/evaluate-cel";
import { looksAt } from "../admission/judged-by-rule";
import { type KubernetesObject, namespaceOf } from "../kubernetes/object";
import { textAt } from "../kubernetes/read";
import { PRIVILEGED_NAMESPACES } from "../pack/mesh-exceptions";
import type { Finding, ResourcePolicy } from "../pack/policy";

interface Config {
  registries: string[];
  egressHosts: string[];
  systemNamespaces: string[];
  excludeNamespaces: string[];
}

/** Rules that another policy holds, with what the stack's own tools may do, and that policy's name. */
const OF_OTHER_POLICIES: readonly (readonly [RuleName, string])[] = [
  ["resources", "container-resources"],
  ["privileged", "no-privileged"],
  ["privilege-escalation", "privilege-escalation"],
  ["read-only-root", "read-only-root"],
  ["run-as-non-root", "run-as-non-root"],
  ["capabilities", "capabilities"],
  ["seccomp-profile", "seccomp-profile"],
  ["host-namespaces", "host-namespaces"],
  ["host-paths", "host-paths"],
  ["pinned-images", "pinned-images"],
];
const HELD_BY_OTHERS = OF_OTHER_POLICIES.map(([rule]) => rule);

/** The name of the policy that holds the rule too. */
export function policyOfRule(rule: RuleName): string {
  return new Map(OF_OTHER_POLICIES).get(rule) ?? admissionRules.name;
}

/** A namespace of the stack that its config has in the mesh. */
function isMeant({ kind, props }: KubernetesObject): boolean {
  return (
    kind === "Namespace" &&
    Object.entries(MESHED_BY_CONFIG).every(
      ([key, value]) => textAt(props, "metadata", "labels", key) === value,
    )
  );
}

const NAMES = { type: "array", items: { type: "string", minLength: 1 } } as const;

export const admissionRules: ResourcePolicy<Config> = {
  name: "admission-rules",
  rule: "What the admission rules refuse, and no other policy, is refused before it is sent to a cluster.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.IR-01"], iso: ["8.9", "8.22"], cis: ["5.5.1"] },
  fix: "see docs/zero-trust.md, Admission rules",
  config: {
    registries: {
      ...NAMES,
      default: [],
      description:
        "Registries that images of your own workloads may come from; not judged where none is named.",
    },
    egressHosts: {
      ...NAMES,
      default: [],
      description:
        "Hosts that a mesh's ServiceEntry may name, with a leading `*.` all below a domain; not judged where none is named.",
    },
    systemNamespaces: {
      ...NAMES,
      default: [
        "kube-system",
        "kube-public",
        "kube-node-lease",
        ...PRIVILEGED_NAMESPACES,
        "security-pipeline",
        ...Object.values(CHART_NAMESPACES),
      ],
      description:
        "Namespaces of Kubernetes and of the stack: under none of the other rules, and kept out of a mesh, but for the stack's own where its config takes them in.",
    },
    excludeNamespaces: {
      ...NAMES,
      default: [],
      description: "Namespaces that no rule looks at.",
    },
  },
  check(object, report, { excludeNamespaces, ...config }) {
    const namespace = object.kind === "Namespace" ? object.name : namespaceOf(object);
    if (excludeNamespaces.includes(namespace)) return;
    const isSystem = config.systemNamespaces.includes(namespace);
    for (const rule of rulesOf({ ...config, off: HELD_BY_OTHERS })) {
      const { ofOthers = false } = ruleNamed(rule);
      if (ofOthers !== isSystem || !looksAt(rule, object)) continue;
      if (ofOthers && isMeant(object)) continue;
      const denial = denialOf(celOf(ruleNamed(rule), config), manifestOf(object));
      if (denial) report.violation(findingOf(rule, denial));
    }
  },
};

function manifestOf({ apiVersion, kind, props }: KubernetesObject): object {
  return { ...props, apiVersion, kind };
}

/** Of the text that an API server would answer with. */
function findingOf(rule: RuleName, denial: string): Finding {
  const [, found = denial, allowed = "", fix = ""] =
    /^found: (.*); allowed: (.*); fix: (.*)$/s.exec(denial) ?? [];
  return { where: `rule ${rule}`, found, allowed, fix };
}
