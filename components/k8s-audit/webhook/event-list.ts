/** An EventList of audit.k8s.io/v1, as the API server posts it. */
interface EventList {
  kind: "EventList";
  apiVersion: "audit.k8s.io/v1";
  items: readonly object[];
}

/** Why a text is no list of events; safe to be answered and logged. */
export class NoEventList extends Error {}

/**
 * The events of a list, each as the line that the API server itself would write to a file: in a list they lack their kind.
 * What was answered is left out, and what was sent comes last, so that a line which is cut for its length has all the rest.
 * @throws NoEventList
 */
export function eventLines(text: string): string[] {
  const { items } = parseList(text);
  return items.map((item) => {
    const { responseObject: _, requestObject, ...event } = item as Readonly<Record<string, unknown>>;
    const body = requestObject === undefined ? {} : { requestObject };
    return JSON.stringify({ kind: "Event", apiVersion: "audit.k8s.io/v1", ...event, ...body });
  });
}

function parseList(text: string): EventList {
  const list = parsed(text);
  if (!isObject(list)) throw new NoEventList("the body is no JSON object");
  const { kind, apiVersion, items } = list;
  if (kind !== "EventList" || apiVersion !== "audit.k8s.io/v1")
    throw new NoEventList(`the body is no EventList of audit.k8s.io/v1 (${String(kind).slice(0, 50)})`);
  // Of an empty list the API server leaves the items out, or says that they are null.
  const events = items ?? [];
  if (!Array.isArray(events) || !events.every(isObject))
    throw new NoEventList("items of the EventList is no list of objects");
  return { kind, apiVersion, items: events };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
