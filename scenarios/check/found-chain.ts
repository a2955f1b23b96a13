import { fieldOf } from "./fields";
import type { Json } from "./store";

/** A chain as its document tells it, for the report: texts are those of events, and so hostile. */
export interface FoundChain {
  title: string;
  severity: number;
  /** What its events have in common: "kubernetes.pod.name=attacker". */
  key: string[];
  techniques: string[];
  steps: ChainStep[];
  /** Events of it; more than steps where the document leaves out those in the middle. */
  count: number;
  /** Of the rule's state: the vulnerabilities. */
  evidence: string[];
  /** What to do. */
  fix: string;
}

/** An event of a chain. */
export interface ChainStep {
  time: string;
  step: string;
  tool: string;
  techniques: string[];
  rule?: string | undefined;
  pod?: string | undefined;
  process?: string | undefined;
}

/** Longer texts are cut: the report has many of them. */
const MOST_TEXT = 160;

/** Of a document of the index of the correlations; what it lacks is empty. */
export function foundChain(document: Json): FoundChain {
  const events = fieldOf(document, "correlation.events");
  const severity = Number(fieldOf(document, "event.severity"));
  const count = Number(fieldOf(document, "correlation.count"));
  return {
    title: text(document, "correlation.title") ?? "",
    severity: Number.isFinite(severity) ? severity : 0,
    key: texts(document, "correlation.key"),
    techniques: texts(document, "threat.technique.id"),
    steps: (Array.isArray(events) ? (events as Json[]) : []).map(stepOf),
    count: Number.isFinite(count) ? count : 0,
    evidence: texts(document, "correlation.evidence"),
    fix: text(document, "correlation.fix") ?? "",
  };
}

function stepOf(event: Json): ChainStep {
  return {
    time: text(event, "time") ?? "",
    step: text(event, "step") ?? "",
    tool: text(event, "tool") ?? "",
    techniques: texts(event, "technique"),
    rule: text(event, "rule"),
    pod: text(event, "pod"),
    process: text(event, "process"),
  };
}

function text(document: Json, field: string): string | undefined {
  const value = fieldOf(document, field);
  return typeof value === "string" ? clip(value) : undefined;
}

function texts(document: Json, field: string): string[] {
  const value = fieldOf(document, field);
  return [value ?? []].flat().map((one) => clip(String(one)));
}

function clip(value: string): string {
  return value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT - 3)}...` : value;
}
