import type * as pulumi from "@pulumi/pulumi";

/** The value of an Output once it is there; undefined where a preview doesn't know it. */
export async function knownValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  // Not in the SDK's types: a preview never calls what is applied to a value that it doesn't know (pulumi/pulumi,
  // sdk/nodejs/output.ts), so that nothing else tells.
  const isKnown: unknown = await Reflect.get(output, "isKnown");
  if (isKnown !== true) return undefined;
  return new Promise((resolve) => output.apply((value) => resolve(value as T)));
}
