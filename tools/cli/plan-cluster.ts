import pc from "picocolors";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import { shown } from "../../components/cluster/node-fit";
import { HOURS_PER_MONTH, type Price } from "../../components/core/tables/eks-prices";
import { newTable } from "../dev/table";

/** The cluster that a stack makes on AWS: of what, what fits on its nodes, what it costs. */
export function clusterTables(cluster: ClusterPlan): string[] {
  const { clusterName, region, accountId, resources } = cluster;
  return [
    pc.bold(
      `Makes the EKS cluster ${clusterName} in ${region}, account ${accountId}: ${resources.length} resources of AWS`,
    ),
    nodeTable(cluster),
    ...costTable(cluster),
  ];
}

function nodeTable({ nodes }: ClusterPlan): string {
  const table = newTable(["nodes", "for pods, each", "agents request", "left, each", "pods at most"]);
  for (const { group, instanceType, nodes: count, allocatable, agents, left } of nodes)
    table.push([
      `${group}: ${count} x ${instanceType}`,
      shown(allocatable),
      shown(agents),
      shown(left),
      String(allocatable.maxPods),
    ]);
  return table.toString();
}

function costTable({ cost }: ClusterPlan): string[] {
  const table = newTable(["a month, by list prices", "units", "each", "USD", "of"]);
  for (const { what, count, price, monthly, note } of cost.rows)
    table.push([
      note ? `${what}\n  ${note}` : what,
      String(count),
      price ? `${price.usd} a ${price.per === "GiB-month" ? "GiB and month" : price.per}` : "unknown",
      monthly === undefined ? "unknown" : monthly.toFixed(2),
      price ? sourceOf(price) : "not in the price table",
    ]);
  const rest = cost.unknown.length > 0 ? `, and what ${cost.unknown.length} unknown prices add` : "";
  table.push([`sum${rest}`, "", "", cost.monthly.toFixed(2), `${HOURS_PER_MONTH} hours a month`]);
  return [
    table.toString(),
    "  Traffic, logs, volumes of claims and load balancers come on top; they depend on use.",
  ];
}

function sourceOf({ sku, source, date }: Price): string {
  return `${sku}\n  ${source}, ${date}`;
}
