import { ContractError } from "../contract/contract-error";
import type { PlannedFeature } from "../contract/contribution";
import type { Namespaces } from "../contract/namespaces";

/**
 * Refuses namespaces of the stack in a mesh: what runs the mesh and judges its pods must not wait for it, and what watches
 * them has its own TLS.
 * @throws ContractError with all of them
 */
export function refuseMeshedStack(
  { privileged, restricted }: Namespaces,
  features: readonly PlannedFeature[],
): void {
  const brought = features.flatMap(({ contribution }) =>
    (contribution.namespaces ?? []).filter(({ holdsUsersPods }) => !holdsUsersPods).map(({ name }) => name),
  );
  const own = new Set([privileged, restricted, ...brought]);
  for (const { name, contribution } of features) {
    const found = (contribution.mesh?.namespaces ?? []).filter((namespace) => own.has(namespace));
    if (found.length > 0)
      throw new ContractError(
        "FTR014",
        `${found.join(", ")}, which ${name} would take in`,
        "leave it out; a port that is called from outside of the mesh is an entry of `exceptions` with a `port`",
      );
  }
}
