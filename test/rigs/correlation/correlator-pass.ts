import { registryFacts } from "../../../components/core/plan/registry-facts";
import { schema } from "../../../components/correlation/correlation-schema";
import type { ReadOptions } from "../../../components/correlation/program/arrivals";
import { runPass, type Summary } from "../../../components/correlation/program/correlation-pass";
import { EventStore } from "../../../components/correlation/program/event-store";
import type { ResolvedRule } from "../../../components/correlation/program/resolved-rule";
import { resolveRules } from "../../../components/correlation/resolve-rules";
import { allEvents } from "../../../components/documents/store";
import { apiKey, type Target } from "../../../components/node-program/http-client";
import { FEATURES } from "../../../components/registry";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { CLUSTER_NAME } from "../pipeline/rig";

export interface PassSettings extends Partial<ReadOptions> {
  rules?: readonly ResolvedRule[];
  /** Another way to the server, through a proxy. */
  target?: Target;
}

/** The rules of the stack, with those of a config as a user writes it. */
export function stackRules(config: Record<string, unknown> = {}): ResolvedRule[] {
  return resolveRules(registryFacts(FEATURES).documents, INDICES, schema.parse(config));
}

/** The server with the rights of the correlator. */
export function correlatorTarget({ url, caCertificate: ca, correlatorKey }: ElasticsearchServer): Target {
  return { url, ca, headers: { authorization: apiKey(correlatorKey) } };
}

/** A pass of the correlator's own code, with its rights in the real Elasticsearch; events may come a week late. */
export async function correlatorPass(
  server: ElasticsearchServer,
  { rules = stackRules(), target = correlatorTarget(server), ...options }: PassSettings = {},
): Promise<Summary> {
  const store = new EventStore([target]);
  try {
    return await runPass(store, rules, {
      events: allEvents(INDICES),
      correlations: INDICES.correlations,
      clusterName: CLUSTER_NAME,
      latenessMs: 7 * 86_400_000,
      now: new Date(),
      ...options,
    });
  } finally {
    await store.close();
  }
}
