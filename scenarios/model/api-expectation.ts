import type { z } from "zod";
import { ATTACKER } from "./names";
import type { Query, scenarioSchema } from "./scenario-schema";

type Expectation = z.input<typeof scenarioSchema>["expectations"][number];

interface ByRule {
  /** Of the rule, at least: another that fits may be more severe. */
  severity: number;
  technique: string;
  /** The object that was attacked, by its name. */
  object?: string;
  /** Default: the attacker. */
  user?: string;
}

/** A request to the Kubernetes API that a rule names, with who made it and what it was about. */
export function requestAlert(what: string, query: unknown, by: ByRule): Expectation {
  const { severity, technique, object, user = ATTACKER } = by;
  return {
    tool: "k8s_audit",
    what: `alert: ${what}`,
    query: query as Query,
    fields: {
      ...{ "event.severity": { atLeast: severity }, "event.kind": "alert", "threat.technique.id": technique },
      ...{ "user.name": user, "source.ip": { exists: true } },
      ...(object === undefined ? {} : { "orchestrator.resource.name": object }),
    },
  };
}

/** So many requests that an alert rule counts: its query is the rule's own. */
export function requestCount(what: string, query: unknown, least: number, user?: string): Expectation {
  return {
    tool: "k8s_audit",
    what: `counted: ${what}`,
    query: query as Query,
    min: least,
    fields: { "source.ip": { exists: true }, ...(user === undefined ? {} : { "user.name": user }) },
  };
}
