import { ConfigError } from "../core/config/config-error";
import { formatPath } from "../core/config/issues";
import { MOST_OF_CLUSTER_NAME } from "./cilium-names";

/**
 * Refuses a name of the cluster that the agents do not start with.
 * @throws ConfigError
 */
export function refuseClusterName(clusterName: string): void {
  if (clusterName.length <= MOST_OF_CLUSTER_NAME && /^([a-z0-9][-a-z0-9]*)?[a-z0-9]$/.test(clusterName))
    return;
  throw new ConfigError([
    {
      code: "CFG003",
      path: formatPath(["global", "clusterName"]),
      found: `"${clusterName}", of ${clusterName.length} characters`,
      allowed: `with Cilium at most ${MOST_OF_CLUSTER_NAME} lower-case letters, digits and "-"`,
      fix: "choose a shorter name before the first update: it is in certificates and documents",
    },
  ]);
}
