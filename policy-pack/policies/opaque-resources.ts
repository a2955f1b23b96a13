import { hiddenIn } from "../kubernetes/hidden";
import { isCustom, type KubernetesObject } from "../kubernetes/object";
import { at } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";

export const opaqueResources: StackPolicy = {
  name: "opaque-resources",
  rule: "Every object can be seen in a preview; what can't be seen is not checked.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "ID.AM-02"], iso: ["8.9", "8.32"], cis: [] },
  fix: "use helm.v4.Chart and plain objects, and no Output in chart values",
  checkStack({ objects }, report) {
    const parents = new Set(objects.map((object) => object.parent));
    report.each(objects, (object) => {
      for (const why of hiddenIn(object, objects)) report.notChecked(why, object);
      const found = whyOpaque(object, parents);
      if (found)
        report.violation(
          { found: `not checked: ${found}`, allowed: "objects that the preview shows" },
          object,
        );
    });
  },
};

const COMPONENTS = ["Chart", "ConfigGroup", "ConfigFile", "Directory"];

function whyOpaque(object: KubernetesObject, parents: ReadonlySet<string | undefined>): string | undefined {
  const { group, kind, urn } = object;
  if (group === "helm.sh" && kind === "Release")
    return "the objects of a Helm release are not in the preview";
  if (kind.endsWith("Patch") && !isCustom(object))
    return "a patch shows its own fields, not the object that comes of them";
  // Custom kinds may be called lists without being one.
  if (/List$/.test(kind) && (!isCustom(object) || Array.isArray(at(object.props, "items"))))
    return "a list hides its objects";
  // Their values depend on something that a preview does not know (pulumi/pulumi-kubernetes issue 3699).
  const isComponent = ["helm.sh", "yaml", "kustomize"].includes(group) && COMPONENTS.includes(kind);
  if (isComponent && !parents.has(urn)) return `this ${kind} shows no object in this preview`;
  return undefined;
}
