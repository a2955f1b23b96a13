import type { AttackStage, CorrelationType } from "../../documents/correlation-rule";
import type { Severity } from "../../documents/severities";

export type Json = Record<string, unknown>;

/** A rule as the program evaluates it: signals are queries. Plain data, made at plan, in the program's ConfigMap. */
export interface ResolvedRule {
  name: string;
  title: string;
  severity: Severity;
  attack: readonly AttackStage[];
  type: CorrelationType;
  steps: readonly ResolvedStep[];
  groupBy: readonly string[];
  timespanMs: number;
  /** 1 where the type does not count. */
  atLeast: number;
  field?: string;
  while?: ResolvedState;
  fix: string;
}

export interface ResolvedStep {
  name: string;
  /** Clause of Elasticsearch's query DSL, in filter context. */
  query: Json;
}

export interface ResolvedState {
  name: string;
  index: string;
  query: Json;
  evidence: string;
  /** Where this holds too, the severity is raised by one. */
  worse?: Json;
}

/** Rules are data of the plan, but they may be edited in the cluster: their shape is checked where they are read. */
export function parseRules(text: string): ResolvedRule[] {
  const rules = JSON.parse(text) as ResolvedRule[];
  if (!Array.isArray(rules) || rules.some((rule) => !rule.name || !Array.isArray(rule.steps)))
    throw new Error("the file of the rules has another form than the program's");
  return rules;
}
