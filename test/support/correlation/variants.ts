import type { ResolvedRule } from "../../../components/correlation/program/resolved-rule";
import { changed, type Json, type StoredEvent, timeOf } from "./replayed";

/** @returns undefined to leave the event out */
type Change = (
  event: StoredEvent,
  isFirst: boolean,
  rule: ResolvedRule,
  place: number,
) => StoredEvent | undefined;

export const WHOLE: Change = (event) => event;

/** What is done to a stream so that a chain's first step is missing. */
export const BREAKING: Readonly<Record<string, Change>> = {
  withheld: (event, isFirst, { type }) => {
    const isOneSensor = String((event.source["labels"] as Json)["security_tool"]) === "falco";
    return isFirst && (type !== "value_count" || isOneSensor) ? undefined : event;
  },
  "out of window": (event, isFirst, rule, place) => {
    if (!isFirst) return event;
    if (rule.type === "event_count") return undefined;
    // Where every event is a step, each is alone in its window.
    const windows = 10 + (rule.type === "value_count" ? 2 * place : 0);
    const earlier = new Date(timeOf(event) - windows * rule.timespanMs);
    return changed(event, { "@timestamp": earlier.toISOString() });
  },
  "another pod or user": (event, isFirst, rule, place) => {
    if (!isFirst) return event;
    // The workload whose findings are looked at.
    if (rule.groupBy.includes("container.image.name"))
      return changed(event, { "kubernetes.namespace": "elsewhere" });
    const field = rule.groupBy.find((name) => name === "kubernetes.pod.name") ?? rule.groupBy[0]!;
    return changed(event, { [field]: rule.type.endsWith("_count") ? `another-${place}` : "another" });
  },
};

/** The same events as those of another cluster: correlation keeps clusters apart, so that one index has room for many streams. */
export function ofCluster(name: string, events: readonly StoredEvent[]): StoredEvent[] {
  return events.map((event) => ({
    ...changed(event, { "orchestrator.cluster.name": name }),
    id: `${name}-${event.id}`,
  }));
}
