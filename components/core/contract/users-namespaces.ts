import { namespacesMade } from "../../kubernetes/manifest";
import type { PlanContext } from "./context";

/** Kubernetes' own: a rule there could keep the cluster from repairing itself. */
const SYSTEM = ["kube-node-lease", "kube-public", "kube-system"];

/**
 * Namespaces whose pods are not the user's: Kubernetes' and the stack's, those too that the features planned so far bring.
 * What judges the user's pods leaves them out.
 */
export function namespacesOfOthers({
  namespaces,
  contributions,
}: Pick<PlanContext, "namespaces" | "contributions">): string[] {
  const brought = contributions.flatMap(({ contribution }) => [
    ...(contribution.namespaces ?? [])
      .filter(({ holdsUsersPods }) => !holdsUsersPods)
      .map(({ name }) => name),
    ...namespacesMade(contribution.manifests),
  ]);
  return [...SYSTEM, namespaces.privileged, namespaces.restricted, ...brought];
}
