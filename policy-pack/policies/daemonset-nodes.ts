import { eachPods } from "../kubernetes/each";
import { annotationsOf } from "../kubernetes/object";
import { at, shown, textMapAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

/** Annotation of a DaemonSet that is not meant for all nodes; its value is the reason. */
export const UNCOVERED_NODES = "security-stack/uncovered-nodes";

// What a node is, not which: an image runs on one operating system and its architectures only.
const ALLOWED_KEYS = ["kubernetes.io/os", "kubernetes.io/arch"];

interface Config {
  nodeLabels: string[];
}

export const daemonsetNodes: ResourcePolicy<Config> = {
  name: "daemonset-nodes",
  rule: "A DaemonSet runs on all nodes, or says which it leaves out and why.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["DE.CM-01", "DE.CM-09"], iso: ["8.16"], cis: [] },
  fix: `leave out override.<workload>.nodeSelector, or say why in the annotation ${UNCOVERED_NODES}, or name the label in nodeLabels of the environment's file`,
  config: {
    nodeLabels: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Labels of nodes that a selector may name beside operating system and architecture.",
    },
  },
  check(object, report, { nodeLabels }) {
    const allowed = [...ALLOWED_KEYS, ...nodeLabels];
    eachPods(object, report, (pods) => {
      if (pods.placement !== "node" || annotationsOf(object)[UNCOVERED_NODES]) return;
      const selector = textMapAt(pods.spec, "nodeSelector");
      const narrowing = Object.entries(selector).filter(([key]) => !allowed.includes(key));
      if (narrowing.length > 0)
        report.violation({
          found: `nodeSelector ${shown(Object.fromEntries(narrowing))}`,
          allowed: `a selector on ${allowed.join(", ")} only`,
        });
      const required = at(
        pods.spec,
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
      );
      if (required !== undefined && required !== null)
        report.violation({
          found: `required node affinity ${shown(required)}`,
          allowed: "preferred node affinity at most",
        });
    });
  },
};
