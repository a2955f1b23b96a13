import { SEVERITY_NAMES } from "../../documents/severities";
import type { Action, Mode } from "../marks";
import type { Finding } from "./alert-findings";

/** What an alert has to be like; what is left out is not asked for. */
export interface RuleMatch {
  alerts?: readonly string[] | undefined;
  rules?: readonly string[] | undefined;
  techniques?: readonly string[] | undefined;
  minSeverity?: string | undefined;
  tools?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
}

/** A rule of the stack config. */
export interface PlannedRule {
  name: string;
  match: RuleMatch;
  action: Action;
  mode: Mode;
  statefulSets: boolean;
  jobs: boolean;
}

/** The first rule that is about it. */
export function ruleFor(rules: readonly PlannedRule[], finding: Finding): PlannedRule | undefined {
  return rules.find(({ match }) => fits(match, finding));
}

function fits(match: RuleMatch, { alert, pod }: Finding): boolean {
  const { alerts, rules, techniques, minSeverity, tools, namespaces } = match;
  return (
    isOneOf(alert["alertname"], alerts) &&
    isOneOf(alert["rule"], rules) &&
    isOneOf(alert["tool"], tools) &&
    isOneOf(pod.namespace, namespaces) &&
    (techniques === undefined || techniques.some((id) => isOf(alert["technique"] ?? "", id))) &&
    (minSeverity === undefined || rank(alert["severity"]) >= rank(minSeverity))
  );
}

function isOneOf(value: string | undefined, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function isOf(technique: string, wanted: string): boolean {
  return technique === wanted || technique.startsWith(`${wanted}.`);
}

/** 1 to 5; 0 for what is no severity. */
export function rank(word: string | undefined): number {
  const found = Object.entries(SEVERITY_NAMES).find(([, name]) => name === word);
  return found ? Number(found[0]) : 0;
}
