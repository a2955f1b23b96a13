import type * as Catalog from "../../scenarios/catalog";
import { guard } from "../../scenarios/cluster/guards";
import type { Scenario } from "../../scenarios/schema";
import { ConfigError, type ConfigIssue } from "../config/errors";
import { formatPath, nearestName } from "../config/issues";
import type { Global, Tests } from "../config/schema";

/**
 * The scenarios that the stack config asks for; all of them where it names none.
 * @throws ConfigError where one is not known, or where the cluster sounds like production and nobody confirmed it
 */
export function selectScenarios(
  { scenarios: ids, confirmCluster }: Tests,
  { clusterName }: Global,
): Scenario[] {
  // Loaded here: a stack without scenarios does not need them.
  const { SCENARIOS } = require("../../scenarios/catalog") as typeof Catalog;
  const known = SCENARIOS.map(({ id }) => id);
  const issues: ConfigIssue[] = ids.flatMap((id, index) =>
    known.includes(id)
      ? []
      : [
          {
            code: "CFG003",
            path: formatPath(["tests", "scenarios", index]),
            found: `"${id}"`,
            allowed: known.join(", "),
            nearest: nearestName(id, known),
          },
        ],
  );
  const { question } = guard({ context: clusterName, cluster: clusterName, server: "" }, []);
  if (question && confirmCluster !== clusterName)
    issues.push({
      code: confirmCluster === undefined ? "CFG004" : "CFG003",
      path: formatPath(["tests", "confirmCluster"]),
      found: confirmCluster && `"${confirmCluster}"`,
      allowed: `"${clusterName}": it sounds like production, and its pods are about to be attacked`,
    });
  if (issues.length > 0) throw new ConfigError(issues);
  return SCENARIOS.filter(({ id }) => ids.length === 0 || ids.includes(id));
}
