/** What a document has to be like: the one form from which KQL for Kibana and a query for Elasticsearch are made. */
export type Condition =
  | { field: string; is: string | number | boolean | readonly (string | number)[] }
  /** Numbers, or times as date math: "now-7d". */
  | { field: string; atLeast?: string | number; below?: string | number }
  | { field: string; exists: true }
  | { not: Condition }
  | { all: readonly Condition[] }
  | { any: readonly Condition[] };

type Json = Record<string, unknown>;

/** The conditions, all of them, in the Kibana Query Language; empty without any (Kibana docs, "KQL"). */
export function kql(conditions: readonly Condition[]): string {
  return conditions.map((one) => toKql(one, conditions.length > 1)).join(" and ");
}

function toKql(condition: Condition, nested: boolean): string {
  if ("not" in condition) return `not ${toKql(condition.not, true)}`;
  if ("all" in condition) return joined(condition.all, "and", nested);
  if ("any" in condition) return joined(condition.any, "or", nested);
  const { field } = condition;
  if ("exists" in condition) return `${field}: *`;
  if ("is" in condition) {
    const values = [condition.is].flat().map(kqlValue);
    return values.length === 1 ? `${field}: ${values[0]}` : `${field}: (${values.join(" or ")})`;
  }
  const bounds = [
    ...(condition.atLeast === undefined ? [] : [`${field} >= ${kqlValue(condition.atLeast)}`]),
    ...(condition.below === undefined ? [] : [`${field} < ${kqlValue(condition.below)}`]),
  ];
  return bounds.length > 1 ? `(${bounds.join(" and ")})` : bounds.join("");
}

function joined(conditions: readonly Condition[], word: "and" | "or", nested: boolean): string {
  const text = conditions.map((one) => toKql(one, true)).join(` ${word} `);
  return nested ? `(${text})` : text;
}

/** In quotes, in which only the quote and the backslash mean something. */
function kqlValue(value: string | number | boolean): string {
  return typeof value !== "string" ? String(value) : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** The same for Elasticsearch: the `filter` of a bool query. */
export function filterClauses(conditions: readonly Condition[]): Json[] {
  return conditions.map(toClause);
}

function toClause(condition: Condition): Json {
  if ("not" in condition) return { bool: { must_not: [toClause(condition.not)] } };
  if ("all" in condition) return { bool: { filter: filterClauses(condition.all) } };
  if ("any" in condition) return { bool: { should: filterClauses(condition.any), minimum_should_match: 1 } };
  const { field } = condition;
  if ("exists" in condition) return { exists: { field } };
  if ("is" in condition)
    return Array.isArray(condition.is)
      ? { terms: { [field]: condition.is } }
      : { term: { [field]: condition.is } };
  const { atLeast, below } = condition;
  return {
    range: {
      [field]: {
        ...(atLeast === undefined ? {} : { gte: atLeast }),
        ...(below === undefined ? {} : { lt: below }),
      },
    },
  };
}
