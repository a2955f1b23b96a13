import { at, isMap } from "../kubernetes/read";

/** A statement of an IAM policy that allows something. */
export interface Allowed {
  actions: string[];
  /** It names what is not allowed, and so allows all else. */
  isInverted: boolean;
  principal: unknown;
  hasCondition: boolean;
}

/** The allowing statements of a policy document, which is given as text or as an object. @throws Error for text that is no JSON */
export function allowedBy(document: unknown): Allowed[] {
  const policy: unknown = typeof document === "string" ? JSON.parse(document) : document;
  return asList(at(policy, "Statement"))
    .filter(isMap)
    .filter((statement) => statement["Effect"] === "Allow")
    .map((statement) => ({
      actions: asList(statement["Action"]).map(String),
      isInverted: statement["NotAction"] !== undefined,
      principal: statement["Principal"],
      hasCondition: statement["Condition"] !== undefined,
    }));
}

/** IAM takes one where a list may be. */
function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
