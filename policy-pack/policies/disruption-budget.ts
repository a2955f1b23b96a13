import type { KubernetesObject } from "../kubernetes/object";
import { type Pods, podsOf } from "../kubernetes/pods";
import { hasLabels, textAt, textMapAt } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";

export const disruptionBudget: StackPolicy = {
  name: "disruption-budget",
  rule: "What has replicas has a PodDisruptionBudget that keeps some of them and still lets a node be drained.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-03", "PR.IR-04"], iso: ["8.14"], cis: [] },
  fix: "add a PodDisruptionBudget with maxUnavailable: 1 for the pods' labels",
  checkStack({ objects }, report) {
    const budgets = objects.filter((object) => object.kind === "PodDisruptionBudget");
    report.each(objects, (object) => {
      for (const pods of podsOf(object)) {
        if (pods.placement === "node" || pods.placement < 2 || !pods.longRunning || pods.partial) continue;
        const budget = budgets.find((candidate) => covers(candidate, pods));
        if (!budget)
          report.violation(
            {
              found: `${pods.placement} replicas without a PodDisruptionBudget`,
              allowed: "one that selects them",
            },
            object,
          );
        else if (blocksDrains(budget, pods.placement))
          report.violation(
            {
              found: `minAvailable ${textAt(budget.props, "spec", "minAvailable") ?? "none"}, maxUnavailable ${textAt(budget.props, "spec", "maxUnavailable") ?? "none"} for ${pods.placement} replicas: no pod may ever be evicted`,
              allowed: "a budget that lets at least one pod go",
            },
            budget,
          );
      }
    });
  },
};

function covers(budget: KubernetesObject, pods: Pods): boolean {
  const selector = textMapAt(budget.props, "spec", "selector", "matchLabels");
  return (
    budget.namespace === pods.owner.namespace &&
    Object.keys(selector).length > 0 &&
    hasLabels(pods.labels, selector)
  );
}

function blocksDrains(budget: KubernetesObject, replicas: number): boolean {
  const least = textAt(budget.props, "spec", "minAvailable");
  const most = textAt(budget.props, "spec", "maxUnavailable");
  return least === "100%" || Number(least ?? 0) >= replicas || most === "0" || most === "0%";
}
