import { COMPONENT_LABEL, standardLabels } from "../../components/kubernetes/labels";
import { isOfOthers, type KubernetesObject, labelsOf } from "../kubernetes/object";
import { at, isMap } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

const REQUIRED = Object.keys(standardLabels("", ""));

export const standardLabelsPolicy: ResourcePolicy = {
  name: "standard-labels",
  rule: "Every object of ours has the recommended Kubernetes labels, by which it is found and removed.",
  severity: "low",
  level: "remediate",
  frameworks: { nist: ["ID.AM-02"], iso: ["5.9"], cis: [] },
  fix: `set ${REQUIRED.join(", ")}`,
  check(object, report) {
    if (!isOurs(object)) return;
    const missing = missingLabels(object);
    if (missing.length === 0) return;
    report.violation({ found: `without ${missing.join(", ")}`, allowed: "all five" });
  },
  /** Adds what is missing, and never to a selector or to pods, where a label means more than its name. */
  remediate(object) {
    const component = componentOf(object);
    if (!isOurs(object) || component === undefined || !isMap(at(object.props, "metadata"))) return false;
    const missing = missingLabels(object);
    const metadata = object.props["metadata"] as Record<string, unknown>;
    const wanted = standardLabels(object.name, component);
    const added = Object.fromEntries(missing.map((label) => [label, wanted[label]]));
    metadata["labels"] = { ...added, ...labelsOf(object) };
    return missing.length > 0;
  },
};

/** Charts and manifests of others label their objects themselves, and what is no object has no labels. */
function isOurs(object: KubernetesObject): boolean {
  return (
    !isOfOthers(object) &&
    object.group !== "helm.sh" &&
    object.group !== "yaml" &&
    !object.kind.endsWith("List")
  );
}

function missingLabels(object: KubernetesObject): string[] {
  const labels = labelsOf(object);
  return REQUIRED.filter((label) => !labels[label]);
}

/** The feature that made the object, from the component that it is a part of: `security-stack:<feature>:Feature`. */
function componentOf(object: KubernetesObject): string | undefined {
  return labelsOf(object)[COMPONENT_LABEL] ?? /\$security-stack:([\w-]+):\w+\$/.exec(object.urn)?.[1];
}
