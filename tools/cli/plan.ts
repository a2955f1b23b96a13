import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import { type IamPolicy, requiredRights } from "../../components/cluster/required-rights";
import { clusterOf } from "../../components/cluster/stack-cluster";
import { ConfigError } from "../../components/core/config/config-error";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig, type Settings } from "../../components/core/config/parse";
import type { PlannedFeature } from "../../components/core/contract/contribution";
import type { PlannedException } from "../../components/core/plan/exceptions";
import { type Plan, plan } from "../../components/core/plan/plan";
import { NODE_BUDGET } from "../../components/core/tables/sizing";
import type { Resources } from "../../components/kubernetes/workloads";
import { FEATURES } from "../../components/registry";
import { newTable } from "../dev/table";
import { clusterTables } from "./plan-cluster";

const ROOT = path.join(__dirname, "..", "..");

/**
 * The plan of a stack from its config file, without an engine or a cluster.
 * @throws ConfigError where the config is invalid, Error where the stack has no config file.
 */
export function planStack(stack: string): Plan {
  return plan(settingsOf(stack));
}

/** What a stack's config file asks for. @throws as {@link planStack} */
export function settingsOf(stack: string): Settings {
  const file = path.join(ROOT, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(file))
    throw new Error(`There is no ${path.basename(file)}. Copy Pulumi.dev.yaml and change it.`);
  return parseConfig(loadFromFile(file), FEATURES);
}

/** Prints the plan of a stack as tables. */
export function printPlan(stack: string): void {
  const { cluster, ...planned } = planAll(stack);
  console.log(formatPlan(planned, stack, cluster));
}

/** @throws Error where the stack makes no cluster, beside what {@link planStack} throws */
function rightsOf(stack: string): IamPolicy {
  const { cluster } = planAll(stack);
  if (!cluster) throw new Error(`Stack ${stack} makes no cluster: it needs no right in AWS.`);
  return requiredRights(cluster);
}

/** The plan of a stack, with the cluster that it makes where it makes one. */
function planAll(stack: string): Plan & { cluster?: ClusterPlan } {
  const settings = settingsOf(stack);
  const planned = plan(settings);
  const cluster = clusterOf(settings, planned);
  return { ...planned, ...(cluster ? { cluster } : {}) };
}

function formatPlan(planned: Plan, stack: string, cluster: ClusterPlan | undefined): string {
  return [
    pc.bold(`Plan of stack ${stack} for cluster ${planned.clusterName}`),
    featureTable(planned),
    ...(cluster ? clusterTables(cluster) : []),
    sizingTable(planned),
    imageTable(planned),
    ...list("Left out on purpose", (planned.exceptions ?? []).map(describeException)),
    ...list("Warnings", planned.warnings),
    ...list("Next steps after the first `up`", planned.nextSteps),
  ].join("\n");
}

function featureTable(planned: Plan): string {
  const table = newTable(["feature", "state", "objects"]);
  table.push(["platform", "on", countKinds(planned.platform.map((m) => m.kind))]);
  for (const feature of planned.features) table.push([feature.title, "on", describeFeature(feature)]);
  for (const name of planned.disabled) table.push([name, "off", ""]);
  return table.toString();
}

function describeFeature({ contribution }: PlannedFeature): string {
  const { manifests, charts = [], customObjects = [] } = contribution;
  const kinds = [...manifests, ...customObjects].map((object) => object.kind);
  const lines = charts.map((chart) => `chart ${chart.name} ${chart.source.version ?? "(local)"}`);
  return [countKinds(kinds), ...lines].filter(Boolean).join("\n");
}

function countKinds(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, n]) => (n > 1 ? `${n} ${kind}` : kind));
  return wrap(parts, 4);
}

function wrap(parts: readonly string[], perLine: number): string {
  const lines: string[] = [];
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "));
  return lines.join("\n");
}

function sizingTable({ sizing }: Plan): string {
  const table = newTable(["per pod", "runs as", "cpu", "memory"]);
  for (const workload of sizing.workloads) {
    const runs = workload.kind === "DaemonSet" ? "one per node" : `${workload.replicas} x ${workload.kind}`;
    table.push([workload.name, runs, ...ranges(workload)]);
  }
  table.push(["sum per node", `budget ${ranges(NODE_BUDGET).join(" ")}`, ...ranges(sizing.perNode)]);
  table.push([`sum of ${sizing.cluster.nodes} nodes`, "", ...ranges(sizing.cluster)]);
  return table.toString();
}

function ranges({ requests, limits }: Resources): [string, string] {
  return [`${requests.cpu} / ${limits.cpu}`, `${requests.memory} / ${limits.memory}`];
}

function imageTable(planned: Plan): string {
  const table = newTable(["image of", "reference"]);
  for (const [name, image] of Object.entries(planned.images)) table.push([name, image.replace("@", "\n  @")]);
  return table.toString();
}

function describeException({ index, unseen, appliedBy, until, owner, reason }: PlannedException): string {
  const who = appliedBy.map(({ feature, how }) => `      ${feature} ${how}`);
  return [`exceptions[${index}] until ${until} (${owner}: ${reason}): ${unseen}`, ...who].join("\n");
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [pc.bold(title), ...lines.map((line) => `  - ${line}`)];
}

/** `npm run plan`: exit code 0, or 1 where the config is invalid. */
export function main(args: readonly string[]): number {
  const options = new Command("npm run plan --")
    .description(
      "Shows what a stack's config deploys. Reads Pulumi.<stack>.yaml; needs no engine and no cluster.",
    )
    .option("-s, --stack <name>", "stack whose config is read", "dev")
    .option("--json", "print the plan as JSON")
    .option("--rights", "print the IAM policy that `npm run up` needs, of a stack that makes its own cluster")
    .parse(args, { from: "user" })
    .opts<{ stack: string; json?: boolean; rights?: boolean }>();
  try {
    if (options.rights) console.log(JSON.stringify(rightsOf(options.stack), null, 2));
    else if (options.json) console.log(JSON.stringify(planAll(options.stack), null, 2));
    else printPlan(options.stack);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error instanceof ConfigError ? error.message : pc.red(error.message));
    return 1;
  }
}
