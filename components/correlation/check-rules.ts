import { ContractError } from "../core/contract/contract-error";
import type { Condition } from "../documents/condition";
import { type CorrelationRule, type CorrelationStep, stepName } from "../documents/correlation-rule";
import type { ToolDocuments, ToolIndex } from "../documents/documents";
import { fieldTypes } from "../documents/fields";
import { COMMON_FIELDS } from "../documents/index-templates";

/** Types with doc values whose documents can be told apart by them. */
const GROUPABLE = ["keyword", "ip", "integer", "long", "boolean"];

type Types = Readonly<Record<string, string>>;

/**
 * What is wrong with rules is said at plan: a rule that can't find anything is worse than none.
 * @param disabled names of rules that are off
 * @throws ContractError FTR011 for a field, a signal or a name that there is not, FTR008 for a rule that names another as
 * a step, FTR009 for two rules that find the same
 */
export function checkRules(
  rules: readonly CorrelationRule[],
  documents: readonly ToolDocuments[],
  disabled: readonly string[],
): void {
  const types = typesOf(EVENT_INDICES, documents);
  for (const rule of rules) {
    refuseReferences(rule, rules);
    for (const field of [...rule.groupBy, ...(rule.field === undefined ? [] : [rule.field])])
      refuseGroupless(rule, field, types);
    for (const step of rule.steps) refuseSilent(rule, step, types, documents);
    refuseStateless(rule, documents);
  }
  refuseOverlaps(rules);
  const unknown = disabled.find((name) => !rules.some((rule) => rule.name === name));
  if (unknown !== undefined)
    throw new ContractError(
      "FTR011",
      `\`disable\` names "${unknown}", which is no rule`,
      `one of ${rules.map(({ name }) => name).join(", ")}`,
    );
}

/** What `allEvents` has the names of. */
const EVENT_INDICES: readonly ToolIndex[] = ["events", "audit"];

function typesOf(indices: readonly ToolIndex[], documents: readonly ToolDocuments[]): Types {
  const ofIndex = documents.filter((one) => indices.includes(one.index));
  return Object.assign({}, fieldTypes(COMMON_FIELDS), ...ofIndex.map(({ fields }) => fieldTypes(fields)));
}

function refuseGroupless(rule: CorrelationRule, field: string, types: Types): void {
  const type = types[field];
  const names = Object.keys(types).filter((name) => GROUPABLE.includes(types[name]!));
  if (type === undefined)
    throw new ContractError(
      "FTR011",
      `the rule "${rule.name}" goes by the field ${field}, which no tool's events have`,
      `one of ${names.join(", ")}`,
    );
  if (!GROUPABLE.includes(type))
    throw new ContractError(
      "FTR011",
      `the rule "${rule.name}" goes by the field ${field}, which is of the type ${type}`,
      `a field of the type ${GROUPABLE.join(", ")}: ${names.join(", ")}`,
    );
}

function refuseSilent(
  rule: CorrelationRule,
  step: CorrelationStep,
  types: Types,
  documents: readonly ToolDocuments[],
): void {
  const { signal } = step;
  if (signal !== undefined && !documents.some(({ signals }) => signals?.[signal]))
    throw new ContractError(
      "FTR011",
      `the rule "${rule.name}" asks for the signal "${signal}", which no tool has`,
      "give a tool's documents this signal, or ask for another",
    );
  const conditions = step.signal === undefined ? step.selection : (step.where ?? []);
  const unknown = conditions.flatMap(fieldsOf).find((field) => !isKnown(field, types));
  if (unknown !== undefined)
    throw new ContractError(
      "FTR011",
      `the rule "${rule.name}" selects events by the field ${unknown}, which no tool's events have`,
      "see the fields of the index templates",
    );
}

/** Of a flattened field every key is one. */
function isKnown(field: string, types: Types): boolean {
  if (types[field] !== undefined) return true;
  const parts = field.split(".");
  return parts.some((_, i) => types[parts.slice(0, i).join(".")] === "flattened");
}

function fieldsOf(condition: Condition): string[] {
  if ("not" in condition) return fieldsOf(condition.not);
  if ("all" in condition) return condition.all.flatMap(fieldsOf);
  if ("any" in condition) return condition.any.flatMap(fieldsOf);
  return [condition.field];
}

function refuseStateless(rule: CorrelationRule, documents: readonly ToolDocuments[]): void {
  const state = rule.while;
  if (state === undefined) return;
  const owners = documents.filter(({ states }) => states?.[state]);
  if (owners.length !== 1)
    throw new ContractError(
      "FTR011",
      `the rule "${rule.name}" asks for the state "${state}", which ${owners.length === 0 ? "no tool has" : `${owners.map(({ tool }) => tool).join(" and ")} have`}`,
      "one tool, whose index the state is read from",
    );
  const types = typesOf([owners[0]!.index], documents);
  for (const field of rule.groupBy) refuseGroupless(rule, field, types);
}

/** Sigma lets a rule name another as its step. Here none does, so that none can be its own, by however many others. */
function refuseReferences(rule: CorrelationRule, rules: readonly CorrelationRule[]): void {
  const named = rule.steps.find(
    (step) => step.signal === undefined && rules.some(({ name }) => name === step.name),
  );
  const selected = rule.steps.flatMap((step) => step.selection ?? step.where ?? []).flatMap(correlated);
  if (named || selected.length > 0)
    throw new ContractError(
      "FTR008",
      `the rule "${rule.name}" has the step "${named ? stepName(named) : selected[0]}", which is a correlation itself`,
      "name the signals or events of that rule as steps: correlations are made of events alone",
    );
}

function correlated(condition: Condition): string[] {
  if ("all" in condition) return condition.all.flatMap(correlated);
  if ("any" in condition) return condition.any.flatMap(correlated);
  if (!("is" in condition) || condition.field !== "labels.security_tool") return [];
  return [condition.is]
    .flat()
    .map(String)
    .filter((tool) => tool === "correlation");
}

function refuseOverlaps(rules: readonly CorrelationRule[]): void {
  const seen = new Map<string, CorrelationRule>();
  const names = new Set<string>();
  for (const rule of rules) {
    if (names.has(rule.name))
      throw new ContractError(
        "FTR009",
        `two rules have the name "${rule.name}"`,
        "give each a name of its own",
      );
    names.add(rule.name);
    const what = JSON.stringify([
      rule.type,
      rule.steps.map((step) => (step.signal === undefined ? step.selection : [step.signal, step.where])),
      [...rule.groupBy].sort(),
      rule.field,
      rule.while,
    ]);
    const before = seen.get(what);
    if (before)
      throw new ContractError(
        "FTR009",
        `the rules "${before.name}" and "${rule.name}" look for the same events by the same fields`,
        `leave one of them out: what is found within ${Math.min(before.timespanMinutes, rule.timespanMinutes)} minutes both would find`,
      );
    seen.set(what, rule);
  }
}
