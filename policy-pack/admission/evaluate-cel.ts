// It reads all that the rules are written in: optional fields (`.?`, `[?]`, `orValue`), for which @bufbuild/cel 0.6.1 has no
// syntax, macros, and `join` of the extended strings (2026-11-30). It has no dependencies. Its `matches` is JavaScript's
// RegExp and not RE2: patterns of the rules keep to what means the same in both.
import { Environment } from "@marcbachmann/cel-js";
import type { RuleCel } from "../../components/kubernetes/admission-rule-cel";
import { isMap, listAt, textAt } from "../kubernetes/read";

const ENVIRONMENT = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
const parsed = new Map<string, ReturnType<typeof ENVIRONMENT.parse>>();

/** What is judged by: of a rule, or of a ValidatingAdmissionPolicy. */
export type Cel = Pick<RuleCel, "matchConditions" | "variables"> & {
  validations: { expression: string; messageExpression?: string; message?: string }[];
};

/**
 * What an API server would say of an object that is created: "found: ...; allowed: ...; fix: ..."; undefined where it lets
 * it through. Of what an API server fills in by itself nothing is known.
 * @param object A manifest. Values that a preview does not know throw, as in any policy.
 */
export function denialOf(cel: Cel, object: unknown): string | undefined {
  const known = decoded(object);
  const variables: Record<string, unknown> = {};
  const kind = { kind: textAt(known, "kind") };
  const context = { object: known, oldObject: null, request: { operation: "CREATE", kind }, variables };
  const value = (expression: string) => evaluate(expression, context);
  try {
    if (cel.matchConditions.some(({ expression }) => value(expression) === false)) return undefined;
    for (const { name, expression } of cel.variables) variables[name] = value(expression);
    const failed = cel.validations.find(({ expression }) => value(expression) !== true);
    if (!failed) return undefined;
    const { messageExpression, message = failed.expression } = failed;
    return messageExpression === undefined ? message : String(value(messageExpression));
  } catch (error) {
    // As the policies say by `failurePolicy: Fail`.
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return `found: an object that can't be judged (${why}); allowed: one of the shape that its kind has; fix: write it in that shape`;
  }
}

function evaluate(expression: string, context: object): unknown {
  const program = parsed.get(expression) ?? ENVIRONMENT.parse(expression);
  parsed.set(expression, program);
  return program(context);
}

/** As an API server reads it: a key without a value is not there. A copy, so that what a preview hands out is read once. */
function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return listAt(value).map(decoded);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, decoded(inner)]));
}
