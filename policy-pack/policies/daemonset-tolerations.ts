import { eachPods } from "../kubernetes/each";
import { annotationsOf } from "../kubernetes/object";
import { at, listAt, shown, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { UNCOVERED_NODES } from "./daemonset-nodes";

// Taints with PreferNoSchedule keep nothing away.
const EFFECTS = ["NoSchedule", "NoExecute"];

export const daemonsetTolerations: ResourcePolicy = {
  name: "daemonset-tolerations",
  rule: "A DaemonSet tolerates every taint, or says which nodes it leaves out and why.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["DE.CM-01", "DE.CM-09"], iso: ["8.16"], cis: [] },
  fix: `leave out override.<workload>.tolerations (the default tolerates all), or say why in the annotation ${UNCOVERED_NODES}`,
  check(object, report) {
    eachPods(object, report, (pods) => {
      if (pods.placement !== "node" || annotationsOf(object)[UNCOVERED_NODES]) return;
      if (pods.partial && at(pods.spec, "tolerations") === undefined) return;
      const tolerations = listAt(pods.spec, "tolerations");
      const uncovered = EFFECTS.filter(
        (effect) => !tolerations.some((toleration) => toleratesAll(toleration, effect)),
      );
      if (uncovered.length === 0) return;
      report.violation({
        found: `tolerations ${shown(tolerations)}: nodes with other taints of effect ${uncovered.join(" and ")} run without it`,
        allowed: '[{"operator":"Exists"}]',
      });
    });
  },
};

/** A toleration without a key and with operator Exists fits every taint of its effect, or of all effects. */
function toleratesAll(toleration: unknown, effect: string): boolean {
  const has = (field: string) => textAt(toleration, field) || undefined;
  return has("operator") === "Exists" && has("key") === undefined && (has("effect") ?? effect) === effect;
}
