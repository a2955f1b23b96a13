import type { Snapshot } from "./live";
import { claimTrouble, refusalTroubles } from "./other-troubles";
import { podTroubles } from "./pod-troubles";
import { merged, type Trouble } from "./trouble";

/** Everything that keeps workloads of the stack from becoming ready at one moment, one entry a workload and kind of trouble. */
export function troublesOf(snapshot: Snapshot): Trouble[] {
  return merged([
    ...snapshot.claims.flatMap((claim) => claimTrouble(claim, snapshot) ?? []),
    ...refusalTroubles(snapshot),
    ...snapshot.pods.flatMap((pod) => podTroubles(pod, snapshot.events)),
  ]);
}
