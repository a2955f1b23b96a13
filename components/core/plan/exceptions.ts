import type { ConfiguredFeature } from "../config/configured-feature";
import { canMatch } from "../config/exceptions";
import { concerns, type Exception, matchKeysOf } from "../config/exceptions-schema";
import type { PlannedFeature } from "../contract/contribution";
import { documentsOf } from "../contract/feature";

/** One of `exceptions` as the plan shows it. */
export interface PlannedException {
  /** Its place in the list. */
  index: number;
  reason: string;
  owner: string;
  until: string;
  /** What nobody will see, in words. */
  unseen: string;
  /** Who leaves it out, and how; nobody where every such tool is off. */
  appliedBy: { feature: string; how: string }[];
}

/** What each exception leaves unseen, and who applies it. */
export function planExceptions(
  exceptions: readonly Exception[],
  configured: readonly ConfiguredFeature[],
  features: readonly PlannedFeature[],
): PlannedException[] {
  return exceptions.map((exception) => {
    const { index, reason, owner, until } = exception;
    const tools = toolsOf(exception, configured);
    return {
      index,
      reason,
      owner,
      until,
      unseen: unseen(exception, tools),
      appliedBy: features.flatMap(({ name, contribution }) =>
        (contribution.exceptions ?? [])
          .filter((applied) => applied.index === index)
          .map(({ how }) => ({ feature: name, how })),
      ),
    };
  });
}

/** Exceptions that leave nothing out in this stack. */
export function unappliedWarnings(exceptions: readonly PlannedException[]): string[] {
  return exceptions
    .filter(({ appliedBy }) => appliedBy.length === 0)
    .map(
      ({ index, unseen }) =>
        `exceptions[${index}] (${unseen}) has no effect: no feature that is on applies it.`,
    );
}

function toolsOf(exception: Exception, configured: readonly ConfiguredFeature[]): string[] {
  return configured.flatMap(({ feature, enabled }) => {
    const documents = documentsOf(feature);
    const isMeant = enabled && documents && concerns(exception, documents.tool);
    return isMeant && canMatch(exception, documents) ? [documents.tool] : [];
  });
}

function unseen(exception: Exception, tools: readonly string[]): string {
  const { keepPercent, maxSeverity, effect, port, admission } = exception;
  const share = keepPercent === 0 ? "all events" : `${100 - keepPercent} % of events`;
  const severity = maxSeverity === 1 ? "severity 1" : `severity 1 to ${maxSeverity}`;
  const what = matchKeysOf(exception).map((key) => `${key} ${textOf(exception[key])}`);
  if (port !== undefined)
    return `who talks to port ${port} of the pods with ${what.join(", ")}: it takes connections in clear too`;
  if (admission !== undefined)
    return `what the rule ${admission} refuses, of the pods with ${what.join(", ")}`;
  if (effect === "mute")
    return `nothing: events of ${tools.join(" and ") || (exception.tool ?? "any tool")}, of ${severity}, with ${what.join(", ")} are stored, and raise no alert`;
  if (keepPercent === 100)
    return `nothing: events with ${what.join(", ")} are kept whatever later exceptions say`;
  return `${share} of ${tools.join(" and ") || (exception.tool ?? "any tool")}, of ${severity}, with ${what.join(", ")}`;
}

function textOf(value: string | Readonly<Record<string, string>> | undefined): string {
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, text]) => `${name}=${text}`)
    .join(",");
}
