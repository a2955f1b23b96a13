import { ConfigError, type ConfigIssue } from "../core/config/config-error";
import { formatPath } from "../core/config/issues";
import type { PlanContext } from "../core/contract/context";
import { MOST_OF_CLUSTER_NAME } from "./cilium-names";
import type { CiliumConfig } from "./cilium-schema";

/**
 * Refuses what only the rest of the stack config shows.
 * @throws ConfigError with all of it
 */
export function refuseMisfits(config: CiliumConfig, context: PlanContext): void {
  const issues = [...ofClusterName(context.global.clusterName), ...ofOwnCluster(config, context)];
  if (issues.length > 0) throw new ConfigError(issues);
}

/** The agents don't start with another. */
function ofClusterName(clusterName: string): ConfigIssue[] {
  if (clusterName.length <= MOST_OF_CLUSTER_NAME && /^([a-z0-9][-a-z0-9]*)?[a-z0-9]$/.test(clusterName))
    return [];
  return [
    {
      code: "CFG003",
      path: formatPath(["global", "clusterName"]),
      found: `"${clusterName}", of ${clusterName.length} characters`,
      allowed: `with Cilium at most ${MOST_OF_CLUSTER_NAME} lower-case letters, digits and "-"`,
      fix: "choose a shorter name before the first update: it is in certificates and documents",
    },
  ];
}

/** A cluster that the stack makes has the VPC CNI and kube-proxy, without which its nodes would not become ready. */
function ofOwnCluster(
  { mode, kubeProxyReplacement }: CiliumConfig,
  { eks, configPath }: PlanContext,
): ConfigIssue[] {
  if (!eks) return [];
  const issue = (key: string, found: string, allowed: string): ConfigIssue => ({
    code: "CFG003",
    path: formatPath([...configPath, key]),
    found,
    allowed: `${allowed} with \`global.cluster: eks\`: the cluster is made with the add-ons vpc-cni and kube-proxy`,
  });
  return [
    ...(mode === "chaining" ? [] : [issue("mode", `"${mode}"`, "chaining")]),
    ...(kubeProxyReplacement ? [issue("kubeProxyReplacement", "true", "false")] : []),
  ];
}
