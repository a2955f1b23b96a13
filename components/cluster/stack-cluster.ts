import type * as pulumi from "@pulumi/pulumi";
import { ConfigError, type ConfigIssue } from "../core/config/config-error";
import type { Eks } from "../core/config/eks-schema";
import { formatPath } from "../core/config/issues";
import type { Settings } from "../core/config/parse";
import type { Plan } from "../core/plan/plan";
import { bottlerocketIssues } from "./bottlerocket-paths";
import type { Cost } from "./cluster-cost";
import { type ClusterPlan, planCluster } from "./cluster-plan";
import { fitIssues } from "./node-fit";

/**
 * The cluster that a stack makes for itself; undefined where it uses one that is there.
 * @throws ConfigError where the stack can't run on the nodes, or costs more than the budget
 */
export function clusterOf({ envelope }: Settings, plan: Plan): ClusterPlan | undefined {
  const { global, eks } = envelope;
  if (global.cluster !== "eks" || !eks) return undefined;
  const cluster = planCluster(eks, global.clusterName, plan);
  const issues = [
    ...fitIssues(cluster.nodes, plan.sizing),
    ...bottlerocketIssues(eks, plan),
    ...checkBudget(eks, cluster.cost),
  ];
  if (issues.length > 0) throw new ConfigError(issues);
  return cluster;
}

function checkBudget({ budget }: Eks, { monthly, unknown }: Cost): ConfigIssue[] {
  if (budget === undefined) return [];
  const path = formatPath(["eks", "budget"]);
  if (unknown.length > 0)
    return [
      {
        code: "CFG022",
        path,
        found: `no known price of: ${unknown.join("; ")}`,
        allowed: "a plan whose prices are all known",
        fix: "leave `budget` out; `npm run plan` shows the prices that are known",
      },
    ];
  if (monthly <= budget) return [];
  return [
    {
      code: "CFG022",
      path,
      found: `${monthly.toFixed(2)} USD a month by list prices`,
      allowed: `at most ${budget.toFixed(2)}`,
      fix: "`npm run plan` shows what it is made of; take fewer or smaller nodes, one NAT gateway, or a higher budget",
    },
  ];
}

/** The plan in two: the network of pods with what is made before everything, and the rest, whose pods need nodes. */
export function splitPlan(plan: Plan, { podNetwork }: ClusterPlan): { first?: Plan; rest: Plan } {
  if (!podNetwork) return { rest: plan };
  const isFirst = ({ name }: Plan["features"][number]) => name === podNetwork.feature;
  return {
    first: { ...plan, features: plan.features.filter(isFirst) },
    rest: { ...plan, platform: [], features: plan.features.filter((feature) => !isFirst(feature)) },
  };
}

/** What a stack with a cluster of its own has as outputs beside its others. */
export function clusterOutputs(
  { clusterName, region, cost, login }: ClusterPlan,
  endpoint: pulumi.Output<string>,
): Record<string, pulumi.Input<unknown>> {
  const { monthly, unknown } = cost;
  return {
    cluster: { name: clusterName, region, endpoint, login, monthlyUsd: monthly, unknownPrices: unknown },
  };
}
