import { appendFileSync } from "node:fs";
import { runScenarios, type ScenarioResult } from "../../scenarios/check/run";
import type { Scenario } from "../../scenarios/model/scenario-schema";
import { sampleOf } from "../../scenarios/samples/samples";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { CLUSTER_NAME, removeIndices } from "../rigs/pipeline/rig";
import type { AuditWorld } from "./world";

/** The lines of a run, with one scenario's tampered with. */
export interface Variant {
  name: string;
  lines: readonly string[];
}

/** Each variant has a time of its own: one way through the pipeline is enough for all. */
const APART_MS = 1_500;

/**
 * Sends all variants through the collectors into an empty store, and judges the scenarios by each alone.
 * @returns the results by the variants' names
 */
export async function judge(
  world: AuditWorld,
  scenarios: readonly Scenario[],
  variants: readonly Variant[],
): Promise<Map<string, ScenarioResult[]>> {
  const { server, rig, store } = world;
  await removeIndices(server);
  const start = Date.now() - variants.length * APART_MS;
  const dated = variants.map((variant, i) => ({ ...variant, at: new Date(start + i * APART_MS) }));
  const text = dated.flatMap(({ lines, at }) =>
    lines.map((line) => `${sampleOf("k8s_audit", line, "recorded").line(at)}\n`),
  );
  appendFileSync(rig.logFile("k8s_audit", "audit-variants.log"), text.join(""));
  const range = { gte: dated[0]!.at.toISOString(), lte: dated.at(-1)!.at.toISOString() };
  await waitUntil("the lines of all variants", async () => {
    const found = await server.client.count(INDICES.audit, { range: { "@timestamp": range } });
    return found >= text.length;
  });
  await server.client.must("POST", `/${INDICES.audit}/_refresh`);
  const nothingMore = { evidenceOf: () => "live" as const, carryOut: async () => [], isComplete: () => true };
  const results = await Promise.all(
    dated.map(({ at }) => {
      const until = new Date(at.getTime() + APART_MS - 1);
      const where = { indices: INDICES, clusterName: CLUSTER_NAME, since: at, until };
      return runScenarios(scenarios, nothingMore, store, where);
    }),
  );
  return new Map(dated.map(({ name }, i) => [name, results[i]!]));
}
