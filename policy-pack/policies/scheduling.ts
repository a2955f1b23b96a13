import { eachPods } from "../kubernetes/each";
import { namespaceOf } from "../kubernetes/object";
import { at, listAt, shown, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

export const scheduling: ResourcePolicy = {
  name: "scheduling",
  rule: "The scheduler places every pod, on nodes that are meant for it, and none pushes the cluster's own away.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04", "PR.PS-01"], iso: ["8.6", "8.9"], cis: [] },
  fix: "select nodes by nodeSelector or affinity, tolerate taints by their key, and use a PriorityClass of your own",
  check(object, report) {
    eachPods(object, report, (pods) => {
      const { where, spec } = pods;
      const violation = (found: string, allowed: string) => report.violation({ where, found, allowed });
      const node = textAt(spec, "nodeName");
      if (node && !pods.partial) violation(`nodeName ${node}`, "none: it is a way past taints and quotas");
      // What runs on every node is to tolerate everything, and to stay (daemonset-tolerations, priority-class).
      if (pods.placement === "node") return;
      const tolerations = listAt(spec, "tolerations");
      if (tolerations.some(toleratesEverything))
        violation(
          `tolerations ${shown(tolerations)}`,
          "taints by their key: with all of them it may run beside the control plane",
        );
      const priority = textAt(spec, "priorityClassName") ?? "";
      if (priority.startsWith("system-") && namespaceOf(object) !== "kube-system")
        violation(
          `priorityClassName ${priority}`,
          "a class below that of the cluster's own components, whose place it would take",
        );
    });
  },
};

/** Without a key Exists fits every taint of its effect, or of all effects. */
function toleratesEverything(toleration: unknown): boolean {
  return textAt(toleration, "operator") === "Exists" && !at(toleration, "key");
}
