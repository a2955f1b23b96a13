import { createHash } from "node:crypto";
import { HIGHEST_SEVERITY } from "../../documents/severities";
import type { ChainEvent } from "./key-states";
import type { Json, ResolvedRule } from "./resolved-rule";
import type { Match } from "./rule-run";

export const CHAIN_DATASET = "correlation.chain";

/** Fields of the events of a chain that are read for its document. */
export const DETAILS = [
  ...["@timestamp", "event.id", "event.severity", "labels.security_tool", "rule.name", "message"],
  ...["kubernetes.namespace", "kubernetes.pod", "kubernetes.node", "host.name", "container", "user.name"],
  ...["threat", "process.executable"],
];

/** Of these a document has the value that all of its events have. */
const SHARED = [
  ...[
    "kubernetes.namespace",
    "kubernetes.pod.name",
    "kubernetes.pod.uid",
    "kubernetes.node.name",
    "host.name",
  ],
  ...["container.id", "container.name", "container.image.name", "container.image.tag", "user.name"],
];

const MOST_EVENTS = 20;
// Log texts come from attackers.
const MOST_TEXT = 500;

/**
 * The same for the same rule, cluster, key and hour, whichever pass finds it and whatever came meanwhile.
 * @returns 128 bits of a SHA-256 in hexadecimal
 */
export function chainId({ rule, key, hour }: Match, clusterName: string): string {
  return createHash("sha256")
    .update(JSON.stringify(["chain", clusterName, rule.name, key, hour]))
    .digest("hex")
    .slice(0, 32);
}

export interface ChainContext {
  clusterName: string;
  now: Date;
  /** Sources of the events, by `event.id`. */
  details: ReadonlyMap<string, Json>;
  /** What of the rule's state was found. */
  evidence: readonly string[];
  /** Of it what raises the severity by one. */
  raisedBy: readonly string[];
}

/** What the correlations' index has of a chain. */
export function chainDocument(match: Match, context: ChainContext): Json {
  const { rule, chain } = match;
  const { clusterName, now, details, evidence, raisedBy } = context;
  const severity = Math.min(HIGHEST_SEVERITY, rule.severity + (raisedBy.length > 0 ? 1 : 0));
  const [first, last] = [chain[0]!, chain.at(-1)!];
  const events = shownEvents(chain).map((event) => eventEntry(event, rule, details.get(event.id)));
  const sources = chain.flatMap(({ id }): Json[] => {
    const source = details.get(id);
    return source ? [source] : [];
  });
  const all = (name: "technique" | "tactic") => [
    ...new Set([
      ...rule.attack.map((stage) => stage[name]),
      ...sources.flatMap((one) => listOf(one, `threat.${name}.id`)),
    ]),
  ];
  return {
    ...nested({ ...sharedFields(sources), ...keyFields(match) }),
    "@timestamp": iso(last.time),
    message: describe(match),
    event: {
      ...{ kind: "alert", category: ["intrusion_detection"], type: ["info"], action: "correlation" },
      ...{ module: "correlation", dataset: CHAIN_DATASET, severity },
      id: chainId(match, clusterName),
      created: now.toISOString(),
    },
    labels: { security_tool: "correlation" },
    orchestrator: { cluster: { name: clusterName } },
    rule: { name: rule.name },
    threat: { technique: { id: all("technique") }, tactic: { id: all("tactic") } },
    correlation: {
      title: rule.title,
      type: rule.type,
      key: keyTexts(match),
      first: iso(first.time),
      last: iso(last.time),
      milliseconds: last.time - first.time,
      count: chain.length,
      stage: rule.attack.at(-1)?.tactic,
      tools: [...new Set(sources.flatMap((one) => listOf(one, "labels.security_tool")))],
      ...(evidence.length > 0 ? { evidence } : {}),
      ...(raisedBy.length > 0 ? { raisedBy } : {}),
      fix: rule.fix,
      events,
    },
  };
}

/** In words: which rule, of what, and what happened after what. */
export function describe(match: Match): string {
  const { rule, chain } = match;
  const seconds = (chain.at(-1)!.time - chain[0]!.time) / 1000;
  const steps = [...new Set(chain.map(({ step }) => rule.steps[step]!.name))];
  const what =
    rule.type === "temporal_ordered" ? steps.join(" -> ") : `${chain.length} events (${steps.join(", ")})`;
  return `${rule.title}: ${keyTexts(match).join(", ")}: ${what} in ${seconds} s`;
}

/** `field=value` of all that the events have in common by the rule. */
export function keyTexts({ rule, key }: Pick<Match, "rule" | "key">): string[] {
  const values = JSON.parse(key) as string[];
  return rule.groupBy.map((field, i) => `${field}=${clip(values[i]!)}`);
}

/** The first and the last of many. */
function shownEvents(chain: readonly ChainEvent[]): readonly ChainEvent[] {
  if (chain.length <= MOST_EVENTS) return chain;
  return [...chain.slice(0, MOST_EVENTS / 2), ...chain.slice(-MOST_EVENTS / 2)];
}

function eventEntry(event: ChainEvent, rule: ResolvedRule, source: Json | undefined): Json {
  const text = (field: string) => {
    const value = source && fieldValue(source, field);
    return typeof value === "string" ? clip(value) : undefined;
  };
  return {
    id: event.id,
    time: text("@timestamp") ?? iso(event.time),
    step: rule.steps[event.step]!.name,
    tool: text("labels.security_tool"),
    rule: text("rule.name"),
    technique: source ? listOf(source, "threat.technique.id") : [],
    pod: text("kubernetes.pod.name"),
    process: text("process.executable"),
    message: text("message"),
  };
}

function keyFields({ rule, key }: Match): Record<string, string> {
  const values = JSON.parse(key) as string[];
  const ofDocument = rule.groupBy.map((field, i) => [field, values[i]!] as const);
  return Object.fromEntries(ofDocument.filter(([field]) => SHARED.includes(field)));
}

function sharedFields(sources: readonly Json[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const field of SHARED) {
    const values = new Set(sources.map((source) => fieldValue(source, field)));
    const [value] = values;
    if (values.size === 1 && typeof value === "string") fields[field] = value;
  }
  return fields;
}

/** Objects within objects, from dotted names. */
function nested(fields: Readonly<Record<string, unknown>>): Json {
  const result: Json = {};
  for (const [name, value] of Object.entries(fields)) {
    const parts = name.split(".");
    const last = parts.pop()!;
    let place = result;
    for (const part of parts) {
      place[part] ??= {};
      place = place[part] as Json;
    }
    place[last] = value;
  }
  return result;
}

export function fieldValue(source: Json, field: string): unknown {
  return field.split(".").reduce<unknown>((value, part) => (value as Json | undefined)?.[part], source);
}

function listOf(source: Json, field: string): string[] {
  const value = fieldValue(source, field);
  return value === undefined || value === null ? [] : [value].flat().map(String);
}

function clip(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
