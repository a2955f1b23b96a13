import { filterClauses } from "../documents/condition";
import { type CorrelationRule, type CorrelationStep, stepName } from "../documents/correlation-rule";
import type { ToolDocuments } from "../documents/documents";
import type { Indices } from "../documents/store";
import { CORRELATION_RULES } from "./all-rules";
import { checkRules } from "./check-rules";
import { type CorrelationConfig, ruleOf } from "./correlation-schema";
import type { Json, ResolvedRule, ResolvedState } from "./program/resolved-rule";

/** All rules: those over all tools, those of the tools and those of the stack config, in this order. */
export function allRules(
  documents: readonly ToolDocuments[],
  config: Pick<CorrelationConfig, "rules">,
): CorrelationRule[] {
  return [
    ...CORRELATION_RULES,
    ...documents.flatMap(({ correlations }) => correlations ?? []),
    ...config.rules.map(ruleOf),
  ];
}

/**
 * The rules that are on, as queries.
 * @throws ContractError where a rule can never find anything, refers to another rule or overlaps with one
 */
export function resolveRules(
  documents: readonly ToolDocuments[],
  indices: Indices,
  config: Pick<CorrelationConfig, "rules" | "disable">,
): ResolvedRule[] {
  const rules = allRules(documents, config);
  checkRules(rules, documents, config.disable);
  return rules
    .filter(({ name }) => !config.disable.includes(name))
    .map((rule) => resolveRule(rule, documents, indices));
}

function resolveRule(
  rule: CorrelationRule,
  documents: readonly ToolDocuments[],
  indices: Indices,
): ResolvedRule {
  const {
    name,
    title,
    severity,
    attack,
    type,
    steps,
    groupBy,
    timespanMinutes,
    atLeast = 1,
    field,
    fix,
  } = rule;
  return {
    ...{ name, title, severity, attack, type, groupBy, atLeast, fix },
    timespanMs: timespanMinutes * 60_000,
    steps: steps.map((step) => ({ name: stepName(step), query: stepQuery(step, documents) })),
    ...(field === undefined ? {} : { field }),
    ...(rule.while === undefined ? {} : { while: resolveState(rule.while, documents, indices) }),
  };
}

function stepQuery(step: CorrelationStep, documents: readonly ToolDocuments[]): Json {
  if (step.signal === undefined) return allOf(filterClauses(step.selection));
  const { signal, where = [] } = step;
  const shown = documents.flatMap(({ signals }) => {
    const conditions = signals?.[signal];
    return conditions ? [allOf(filterClauses(conditions))] : [];
  });
  return allOf([{ bool: { should: shown, minimum_should_match: 1 } }, ...filterClauses(where)]);
}

function resolveState(
  name: NonNullable<CorrelationRule["while"]>,
  documents: readonly ToolDocuments[],
  indices: Indices,
): ResolvedState {
  const [found] = documents.flatMap(({ index, states }) => {
    const state = states?.[name];
    return state ? [{ index: indices[index], state }] : [];
  });
  const { index, state } = found!;
  const { conditions, evidence, worse } = state;
  const query = allOf(filterClauses(conditions));
  return { name, index, query, evidence, ...(worse && { worse: allOf(filterClauses(worse)) }) };
}

function allOf(clauses: readonly Json[]): Json {
  return { bool: { filter: [...clauses] } };
}
