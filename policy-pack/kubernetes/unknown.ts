import { UnknownValueError } from "@pulumi/policy";

/** True for what Pulumi throws when something reads a value that a preview does not know. */
export function isUnknownValue(error: unknown): error is Error {
  // The types of @pulumi/policy 1.21 lack the class, which it exports.
  return error instanceof (UnknownValueError as unknown as new () => Error);
}

/** What `read` returns; `otherwise` where a preview does not know it. */
export function ifKnown<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch (error) {
    if (isUnknownValue(error)) return otherwise;
    throw error;
  }
}
