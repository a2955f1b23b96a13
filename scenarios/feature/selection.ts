import { ConfigError, type ConfigIssue } from "../../components/core/config/config-error";
import type { Global, Tests } from "../../components/core/config/envelope-schema";
import { formatPath, nearestName } from "../../components/core/config/issues";
import type * as Catalog from "../all-scenarios";
import { guard } from "../cluster/guards";
import type { Scenario } from "../model/scenario-schema";

/**
 * The scenarios that the stack config asks for; where it names none, all that look for what happened: what has to be refused is asked with the rights of a person.
 * @throws ConfigError where one is not known, or where the cluster sounds like production and nobody confirmed it
 */
export function selectScenarios(
  { scenarios: ids, confirmCluster }: Tests,
  { clusterName }: Global,
): Scenario[] {
  // Loaded here: a stack without scenarios does not need them.
  const { ALL_SCENARIOS, SCENARIOS } = require("../all-scenarios") as typeof Catalog;
  const known = ALL_SCENARIOS.map(({ id }) => id);
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
  return ids.length === 0 ? [...SCENARIOS] : ALL_SCENARIOS.filter(({ id }) => ids.includes(id));
}
