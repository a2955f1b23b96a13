import * as pulumi from "@pulumi/pulumi";

/**
 * An error that ends the program and is shown as its message alone. The language host shows no stack of a RunError, and
 * yet has `util.inspect` format all that hangs on an error that has one: some 15 s here (@pulumi/pulumi 3.248,
 * cmd/run/error.ts, defaultErrorMessage). Where it comes out of an Output, the SDK puts the name of a property before
 * the message (runtime/rpc.ts, serializeFilteredProperties), which says nothing to a user.
 */
export function shownError(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = "";
  Object.defineProperty(error, "message", { get: () => message, set: () => {} });
  return error;
}
