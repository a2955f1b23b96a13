import { type KubernetesObject, namespaceOf } from "../kubernetes/object";
import type { Pods } from "../kubernetes/pod-templates";
import { podsOf } from "../kubernetes/pods";
import { isMap, listAt, mapAt, textsAt } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";

export const defaultDenyNetwork: StackPolicy = {
  name: "default-deny-network",
  rule: "Every namespace of the stack denies all traffic that no NetworkPolicy allows.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-01"], iso: ["8.20", "8.22"], cis: ["5.3.2"] },
  fix: "add a NetworkPolicy with an empty podSelector, both policyTypes and no rules to the namespace",
  checkStack({ objects }, report) {
    const used = new Map<string, KubernetesObject>();
    const denied = new Set<string>();
    report.each(objects, (object) => {
      if (deniesAll(object)) denied.add(namespaceOf(object));
      if (object.kind === "Namespace" && object.group === "") used.set(object.name, object);
      else if (podsOf(object).some(isInNamespace) && !used.has(namespaceOf(object)))
        used.set(namespaceOf(object), object);
    });
    for (const [namespace, object] of used) {
      if (denied.has(namespace)) continue;
      report.violation(
        {
          found: `namespace ${namespace} without a default-deny NetworkPolicy`,
          allowed: "one for ingress and egress",
        },
        object,
      );
    }
  },
};

function deniesAll(object: KubernetesObject): boolean {
  if (object.kind !== "NetworkPolicy" || object.group !== "networking.k8s.io") return false;
  const { podSelector, ...spec } = mapAt(object.props, "spec");
  const types = textsAt(spec, "policyTypes");
  const rules = [...listAt(spec, "ingress"), ...listAt(spec, "egress")];
  const all = isMap(podSelector) && Object.values(podSelector).every(isEmpty);
  return all && types.includes("Ingress") && types.includes("Egress") && rules.length === 0;
}

function isEmpty(part: unknown): boolean {
  return Object.keys(part ?? {}).length === 0;
}

/** Without a namespace a custom object may be of the whole cluster, and its operator chooses where its pods go. */
function isInNamespace(pods: Pods): boolean {
  return !pods.partial || pods.owner.namespace !== undefined;
}
