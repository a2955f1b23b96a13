import { eachPods } from "../kubernetes/each";
import { textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

export const priorityClass: ResourcePolicy = {
  name: "priority-class",
  rule: "What runs on every node has a PriorityClass: a sensor that is evicted first is blind when it counts.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04", "DE.CM-09"], iso: ["8.6", "8.16"], cis: [] },
  fix: "set priorityClassName, for instance security-node-agent",
  check(object, report) {
    eachPods(object, report, (pods) => {
      if (pods.placement !== "node" || pods.partial || textAt(pods.spec, "priorityClassName")) return;
      report.violation({ found: "no priorityClassName", allowed: "the name of a PriorityClass" });
    });
  },
};
