import { ConfigError, type ConfigIssue } from "../core/config/config-error";
import { formatPath } from "../core/config/issues";
import { overlap } from "../core/config/networks";
import type { PlanContext } from "../core/contract/context";
import { MOST_OF_CLUSTER_NAME } from "./cilium-names";
import type { CiliumConfig } from "./cilium-schema";

/**
 * Refuses what only the rest of the stack config shows.
 * @throws ConfigError with all of it
 */
export function refuseMisfits(config: CiliumConfig, context: PlanContext): void {
  const issues = [
    ...ofClusterName(context.global.clusterName),
    ...ofServices(config, context),
    ...ofAddresses(config, context),
  ];
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

/** In a cluster of the stack's own the agents are told where the API server is. Behind the VPC CNI its kube-proxy stays. */
function ofServices(
  { mode, kubeProxyReplacement, apiServer }: CiliumConfig,
  { eks, configPath }: PlanContext,
): ConfigIssue[] {
  if (!kubeProxyReplacement) return [];
  if (eks && mode === "chaining")
    return [
      {
        code: "CFG003",
        path: formatPath([...configPath, "kubeProxyReplacement"]),
        found: "true",
        allowed:
          "false in mode `chaining` with `global.cluster: eks`: the cluster is made with the add-on kube-proxy",
      },
    ];
  if (eks || apiServer) return [];
  return [
    {
      code: "CFG004",
      path: formatPath([...configPath, "apiServer"]),
      allowed:
        "`host` and `port` of the API server with `kubeProxyReplacement`: without kube-proxy the agents do not reach the Service `kubernetes`",
    },
  ];
}

/** Of a cluster that the stack makes its other networks are known. */
function ofAddresses({ mode, podCidrs }: CiliumConfig, { eks, configPath }: PlanContext): ConfigIssue[] {
  if (!eks || mode !== "overlay") return [];
  const { network, serviceCidr } = eks;
  const services = { whose: "the Services'", other: serviceCidr };
  const others = network.existing ? [services] : [{ whose: "the VPC's", other: network.cidr }, services];
  return podCidrs.flatMap((pods, index) =>
    others
      .filter(({ other }) => overlap(pods, other))
      .map(
        ({ whose, other }): ConfigIssue => ({
          code: "CFG020",
          path: formatPath([...configPath, "podCidrs", index]),
          found: `${pods} and ${whose} ${other}`,
          allowed: "networks without a common address",
        }),
      ),
  );
}
