import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "./components/cluster/cluster-plan";
import type { EksCluster } from "./components/cluster/make-cluster";
import { clusterOf, clusterOutputs, splitPlan } from "./components/cluster/stack-cluster";
import { ConfigError } from "./components/core/config/config-error";
import { loadFromEngine, readSecrets } from "./components/core/config/load";
import { parseConfig } from "./components/core/config/parse";
import { shownError } from "./components/core/config/shown-error";
import { ContractError } from "./components/core/contract/contract-error";
import type { SecretInputs } from "./components/core/contract/resources";
import { type Plan, planWithExtras } from "./components/core/plan/plan";
import type { LookOptions } from "./components/elastic/preflight/before-update";
import { warnOfViolations } from "./components/pod-admission/known-violations";
import { refuseMissingKinds } from "./components/pod-admission/needed-kinds";
import { FEATURES } from "./components/registry";
import { guardCluster } from "./components/stack/foreign-objects";
import { knownValue } from "./components/stack/known-value";
import { SecurityStack, type SecurityStackArgs, stackOutputs } from "./components/stack/security-stack";

/** Exit code of a program that has said what is wrong (@pulumi/pulumi, cmd/run/index.ts). */
const SAID_WHY = 32;

async function deploy(): Promise<Record<string, pulumi.Input<unknown>>> {
  const raw = loadFromEngine();
  const settings = parseConfig(raw, FEATURES);
  const planned = planWithExtras(settings);
  const clusterPlan = clusterOf(settings, planned.plan);
  const renderToDirectory = process.env["SECURITY_STACK_RENDER_DIRECTORY"];
  const cluster = clusterPlan && !renderToDirectory ? makeCluster(clusterPlan) : undefined;
  const args = { ...planned, cluster, secrets: readSecrets(raw), renderToDirectory };
  const options = renderToDirectory ? {} : await guarded(planned.plan, cluster, args.secrets);
  if (!clusterPlan || !cluster)
    return stackOutputs(new SecurityStack("security-stack", args, options), planned.plan);
  const { first, rest } = splitPlan(planned.plan, clusterPlan);
  if (first) makePodNetwork({ ...args, plan: first }, cluster, clusterPlan, options);
  const stack = new SecurityStack("security-stack", { ...args, plan: rest }, options);
  return {
    ...stackOutputs(stack, rest),
    ...(first ? conditionsOfBoth(first, cluster, stack) : {}),
    ...clusterOutputs(clusterPlan, cluster.endpoint),
  };
}

/** The SDK of AWS is loaded where a cluster is asked for, and nowhere else. */
function makeCluster(plan: ClusterPlan): EksCluster {
  const { EksCluster }: typeof import("./components/cluster/make-cluster") =
    require("./components/cluster/make-cluster");
  return new EksCluster("cluster", plan);
}

/** The network of pods, between the control plane and the nodes, which would not get ready without it. */
function makePodNetwork(
  args: SecurityStackArgs,
  cluster: EksCluster,
  plan: ClusterPlan,
  options: pulumi.ComponentResourceOptions,
): void {
  const { makeNodesAfter } = podNetwork();
  const own = { ...options, parent: cluster };
  const made = new SecurityStack("pod-network", { ...args, cluster: cluster.withoutNodes() }, own);
  makeNodesAfter(cluster, plan, made);
}

/** Outputs about the conditions of a stack whose network of pods is a stack of its own. */
function conditionsOfBoth(
  first: Plan,
  cluster: EksCluster,
  stack: SecurityStack,
): Record<string, pulumi.Input<unknown>> {
  const { conditionsOnNodes } = podNetwork();
  const wanted = first.features.flatMap(({ contribution }) => contribution.conditions);
  const onNodes = conditionsOnNodes(cluster, wanted);
  const all = pulumi.all([onNodes, stack.conditions]).apply((lists) => lists.flat());
  return { conditions: all.apply((list) => list.map(({ ready: _, ...condition }) => condition)) };
}

/** As the SDK of AWS, loaded where it is asked for. */
function podNetwork(): typeof import("./components/cluster/pod-network") {
  return require("./components/cluster/pod-network");
}

/** Nothing is registered in the cluster before it is known that nothing of others is in the way. */
async function guarded(
  plan: Plan,
  cluster: EksCluster | undefined,
  secrets: SecretInputs,
): Promise<pulumi.ComponentResourceOptions> {
  const kubeconfig = cluster && (await knownValue(cluster.kubeconfig));
  // A preview before the first update: in a cluster that is yet to be made is nothing of others.
  if (cluster && kubeconfig === undefined) return {};
  const voice = {
    warn: (line: string) => void pulumi.log.warn(line),
    fail: async (message: string) => {
      await pulumi.log.error(message);
      return process.exit(SAID_WHY);
    },
  };
  const guard = guardCluster(plan.context, plan.adopt, voice, kubeconfig);
  await Promise.all([
    guard.checkPlan(plan),
    guard.checkKinds(plan, FEATURES),
    refuseMissingKinds(plan, kubeconfig),
    warnOfViolations(plan, FEATURES, voice.warn, kubeconfig),
    lookInStore(plan, { password: passwordOf(secrets), kubeconfig, warn: voice.warn }),
  ]);
  return { transformations: [guard.transformation] };
}

/** Loaded where something is asked for. */
async function lookInStore(plan: Plan, options: LookOptions): Promise<void> {
  if (!plan.features.some(({ contribution }) => contribution.storeLooks)) return;
  const { checkStored }: typeof import("./components/elastic/preflight/before-update") =
    require("./components/elastic/preflight/before-update");
  await checkStored(plan, options);
}

function passwordOf(secrets: SecretInputs): LookOptions["password"] {
  const password = secrets["output.elasticsearch.objects.password"];
  return async () => password && knownValue(password);
}

export = async () => {
  try {
    return await deploy();
  } catch (error) {
    throw error instanceof ConfigError || error instanceof ContractError ? shownError(error.message) : error;
  }
};
