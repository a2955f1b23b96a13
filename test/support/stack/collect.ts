import * as pulumi from "@pulumi/pulumi";

/** A resource as the engine would have been asked to make it. */
export interface CollectedResource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/**
 * Runs a program under Pulumi's mocks and returns what it registered, in order. Resource ids and outputs are
 * the inputs; `state` may add what a real provider would.
 */
export async function collect<T>(
  program: () => T,
  state: (resource: CollectedResource) => Record<string, unknown> = () => ({}),
): Promise<{ resources: CollectedResource[]; result: T }> {
  const resources: CollectedResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const resource = { type, name, inputs: inputs as Record<string, unknown> };
        resources.push(resource);
        return { id: `${name}-id`, state: { ...inputs, ...state(resource) } };
      },
      call: ({ inputs }) => inputs,
    },
    "security-stack",
    "test",
    false,
  );
  const result = program();
  // Waits until every registration under way has been answered.
  await pulumi.runtime.disconnect();
  return { resources, result };
}

/** The value of an output. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((v) => resolve(v)));
}
