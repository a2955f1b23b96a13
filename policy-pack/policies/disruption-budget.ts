import { type KubernetesObject, namespaceOf } from "../kubernetes/object";
import type { Pods } from "../kubernetes/pod-templates";
import { podsOf } from "../kubernetes/pods";
import { at, isMap, shown, textAt } from "../kubernetes/read";
import { selects } from "../kubernetes/selector";
import type { StackPolicy } from "../pack/policy";

export const disruptionBudget: StackPolicy = {
  name: "disruption-budget",
  rule: "What has replicas has a PodDisruptionBudget that keeps some of them and still lets a node be drained.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-03", "PR.IR-04"], iso: ["8.14"], cis: [] },
  fix: "add a PodDisruptionBudget with maxUnavailable: 1 for the pods' labels",
  checkStack({ objects }, report) {
    const budgets = objects.filter(
      (object) => object.kind === "PodDisruptionBudget" && object.group === "policy",
    );
    const replicated: Pods[] = [];
    report.each(objects, (object) => {
      const least = leastReplicas(object, objects);
      replicated.push(
        ...podsOf(object)
          .filter(isReplicated)
          .map((pods) => (least === undefined ? pods : { ...pods, placement: least })),
      );
    });
    report.each(replicated, (pods) => {
      const covering = budgets.filter((budget) => covers(budget, pods));
      if (covering.length === 0 && Number(pods.placement) > 1)
        report.violation(
          {
            found: `${pods.placement} replicas without a PodDisruptionBudget`,
            allowed: "one that selects them",
          },
          pods.owner,
        );
      if (covering.length > 1)
        report.violation(
          {
            found: `${covering.length} PodDisruptionBudgets for the same pods (${covering.map(({ name }) => name).join(", ")}): no pod may ever be evicted`,
            allowed: "one: the eviction API refuses pods that have several",
            fix: "narrow the selectors, so that one budget selects these pods",
          },
          pods.owner,
        );
    });
    report.each(budgets, (budget) => {
      const covered = replicated.filter((pods) => covers(budget, pods));
      const expected = covered.reduce((sum, pods) => sum + Number(pods.placement), 0);
      if (expected === 0 || evictable(budget, expected) > 0) return;
      report.violation(
        {
          found: `minAvailable ${shown(at(budget.props, "spec", "minAvailable"))}, maxUnavailable ${shown(at(budget.props, "spec", "maxUnavailable"))} for ${expected} replicas: no pod may ever be evicted`,
          allowed: "a budget that lets at least one pod go; percentages are rounded up",
          fix: "set maxUnavailable: 1",
        },
        budget,
      );
    });
  },
};

/** Of what an autoscaler has a say on: what it keeps at the least, since the workload's own number is then only the first. */
function leastReplicas(workload: KubernetesObject, objects: readonly KubernetesObject[]): number | undefined {
  const scaler = objects.find(
    ({ kind, props, ...object }) =>
      kind === "HorizontalPodAutoscaler" &&
      object.namespace === workload.namespace &&
      textAt(props, "spec", "scaleTargetRef", "kind") === workload.kind &&
      textAt(props, "spec", "scaleTargetRef", "name") === workload.name,
  );
  return scaler && Number(at(scaler.props, "spec", "minReplicas") ?? 1);
}

function isReplicated(pods: Pods): boolean {
  return pods.placement !== "node" && pods.longRunning && !pods.partial;
}

/** In policy/v1beta1 an empty selector selected nothing. */
function covers(budget: KubernetesObject, pods: Pods): boolean {
  const selector = at(budget.props, "spec", "selector");
  const isNone = budget.apiVersion.endsWith("beta1") && isMap(selector) && Object.keys(selector).length === 0;
  return namespaceOf(budget) === namespaceOf(pods.owner) && !isNone && selects(selector, pods.labels);
}

/**
 * How many of the pods may be evicted while all are healthy (kubernetes/kubernetes,
 * pkg/controller/disruption/disruption.go: getExpectedPodCount). A budget without either number lets none go.
 */
function evictable(budget: KubernetesObject, replicas: number): number {
  const most = textAt(budget.props, "spec", "maxUnavailable");
  const least = textAt(budget.props, "spec", "minAvailable");
  if (most !== undefined) return scaled(most, replicas);
  return least === undefined ? 0 : replicas - scaled(least, replicas);
}

/** A number, or a percentage of the replicas rounded up. */
function scaled(value: string, replicas: number): number {
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? Number(value) : Math.ceil((Number(percent) * replicas) / 100);
}
