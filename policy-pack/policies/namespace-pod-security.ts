import { labelsOf } from "../kubernetes/object";
import { shown } from "../kubernetes/read";
import { PRIVILEGED_NAMESPACES } from "../pack/mesh-exceptions";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  privilegedNamespaces: string[];
}

const LABEL = "pod-security.kubernetes.io/";
const LEVELS = ["restricted", "baseline", "privileged"];

export const namespacePodSecurity: ResourcePolicy<Config> = {
  name: "namespace-pod-security",
  rule: "Every namespace enforces a Pod Security level, and privileged only where it is listed.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.AA-05"], iso: ["8.9", "8.22"], cis: ["5.2.1", "5.6.1"] },
  fix: "label the namespace pod-security.kubernetes.io/enforce: restricted; one for sensors goes into `privilegedNamespaces` of this policy",
  config: {
    privilegedNamespaces: {
      type: "array",
      items: { type: "string" },
      default: [...PRIVILEGED_NAMESPACES],
      description:
        "Namespaces of the agents on the nodes: `global.namespace` of the stack config, and that of a mesh, whose agents enter the pods' network namespaces.",
    },
  },
  check(object, report, { privilegedNamespaces }) {
    if (object.kind !== "Namespace" || object.group !== "") return;
    const level = labelsOf(object)[`${LABEL}enforce`];
    const allowed = privilegedNamespaces.includes(object.name) ? LEVELS : LEVELS.slice(0, 2);
    if (level !== undefined && allowed.includes(level)) return;
    report.violation({ found: `${LABEL}enforce ${shown(level)}`, allowed: allowed.join(" or ") });
  },
};
