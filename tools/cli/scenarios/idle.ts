import { setTimeout as sleep } from "node:timers/promises";
import { measureNoise, type NodeNoise, noiseBudget } from "../../../scenarios/check/noise";
import type { Store } from "../../../scenarios/check/store";
import { RunRefused } from "../../../scenarios/cluster/runner-errors";
import { EXIT } from "../../../scenarios/model/exit-codes";
import { newTable } from "../../dev/table";

export interface IdleOptions {
  index: string;
  clusterName: string;
  milliseconds: number;
  /** For documents that are still on their way when the time is over; half a minute by default. */
  settleMilliseconds?: number;
  signal?: AbortSignal;
  say: (line: string) => void;
}

const SETTLE_MS = 30_000;

/**
 * Waits for a quiet time and counts what the sensors wrote in it.
 * @returns the exit code: `failed` where a node wrote more than its budget
 * @throws RunRefused where the store has no document of the cluster: an empty store is no quiet stack
 */
export async function runIdle(store: Store, options: IdleOptions): Promise<number> {
  const { index, clusterName, milliseconds, settleMilliseconds = SETTLE_MS, signal, say } = options;
  await refuseEmptyStore(store, index, clusterName);
  const from = new Date();
  const to = new Date(from.getTime() + milliseconds);
  say(`quiet until ${to.toISOString()}: run nothing in the cluster that is not always there`);
  await sleep(milliseconds + settleMilliseconds, undefined, { signal });
  const noise = await measureNoise(store, { index, clusterName, from, to });
  const budget = noiseBudget(milliseconds);
  console.log(noiseTable(noise, budget));
  const loud = noise.filter(({ total }) => total > budget);
  console.log(
    loud.length === 0
      ? `Within the budget: no node wrote more than ${budget} documents.`
      : `Over the budget of ${budget} documents: ${loud.map(({ node, total }) => `${node} ${total}`).join(", ")}.`,
  );
  return loud.length === 0 ? EXIT.passed : EXIT.failed;
}

async function refuseEmptyStore(store: Store, index: string, clusterName: string): Promise<void> {
  const query = { bool: { filter: [{ term: { "orchestrator.cluster.name": clusterName } }] } };
  const { total } = await store.search(index, { size: 0, query });
  if (total === 0)
    throw new RunRefused(
      `${index} has no document of the cluster ${clusterName}: that nothing comes would not mean that it is quiet.`,
      "Check --stack, --cluster-name and --es, and that the sensors run.",
    );
}

function noiseTable(noise: readonly NodeNoise[], budget: number): string {
  const table = newTable(["node", "sensor", "rule, policy or kind of event", "documents"]);
  for (const { node, total, sources } of noise) {
    for (const { tool, source, count } of sources) table.push([node, tool, source, count]);
    table.push([node, "all", `budget ${budget}`, total]);
  }
  return table.toString();
}
