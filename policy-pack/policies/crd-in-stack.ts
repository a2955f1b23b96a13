import { isCustom, type KubernetesObject } from "../kubernetes/object";
import { textAt } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";

interface Config {
  externalGroups: string[];
}

export const crdInStack: StackPolicy<Config> = {
  name: "crd-in-stack",
  rule: "The definition of every custom object is in the stack, so that both are upgraded and removed together.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["ID.AM-02", "PR.PS-01"], iso: ["5.9", "8.32"], cis: [] },
  fix: "install the CRDs with the stack (for a chart: its CRDs as templates), or list the API group in `externalGroups` of this policy",
  config: {
    externalGroups: {
      type: "array",
      items: { type: "string" },
      default: ["policies.kyverno.io", "policy.sigstore.dev"],
      description:
        "API groups whose definitions somebody else installs and removes; by default those of the engines that check images' signatures.",
    },
  },
  checkStack({ objects }, report, { externalGroups }) {
    const defined = new Set<string | undefined>();
    report.each(objects, (object) => {
      defined.add(definedKind(object));
    });
    for (const object of objects) {
      const kind = `${object.group}/${object.kind}`;
      if (!isCustom(object) || defined.has(kind) || externalGroups.includes(object.group)) continue;
      report.violation(
        { found: `${kind} without its CustomResourceDefinition`, allowed: "one in the stack" },
        object,
      );
    }
  },
};

function definedKind(object: KubernetesObject): string | undefined {
  // A template of constraints defines their kind (open-policy-agent/frameworks, constraint: the CRD is made of it).
  if (object.kind === "ConstraintTemplate")
    return `${object.group.replace(/^templates\./, "constraints.")}/${textAt(object.props, "spec", "crd", "spec", "names", "kind")}`;
  if (object.kind !== "CustomResourceDefinition") return undefined;
  return `${textAt(object.props, "spec", "group")}/${textAt(object.props, "spec", "names", "kind")}`;
}
