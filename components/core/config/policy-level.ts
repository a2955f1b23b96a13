/** Environments that have policy levels of their own (`policy-pack/config`), the most lenient first. */
export const ENVIRONMENTS = ["dev", "stage", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** The environment that a stack's name begins with: "dev-eu", "org/project/staging". */
export function namedEnvironment(stack: string): Environment | undefined {
  const name = nameOfStack(stack).replace(/^staging/, "stage");
  return ENVIRONMENTS.find((environment) => name.match(/^[a-z]+/)?.[0] === environment);
}

/** The environment of a stack by its name; the strictest for a name that tells none. */
export function environmentOf(stack: string): Environment {
  return namedEnvironment(stack) ?? "prod";
}

/** Without an organisation and project. */
export function nameOfStack(stack: string): string {
  return stack.split("/").at(-1) ?? stack;
}
