import { shownError } from "../../core/config/shown-error";
import type { ElasticObject } from "../objects/object";
import { Asker, type Server } from "./ask";

/**
 * Removes the transforms of ours that are older than this Elasticsearch is to the stack: they are of one that was
 * switched off or destroyed with its volumes kept. Templates, policies and pipelines are written over what is there; a
 * transform is refused with "already exists". What it has written stays.
 * @param since when this Elasticsearch's object was made
 * @returns names of those that are gone
 * @throws where one can't be removed
 */
export async function removeOldTransforms(
  server: Server,
  objects: readonly ElasticObject[],
  since: Date,
): Promise<string[]> {
  const names = objects.flatMap(({ type, name }) => (type === "ElasticsearchTransform" ? [name] : []));
  return removeOld(server, names, {
    path: (id) => `/_transform/${id}`,
    madeAt: (body) => (body as { transforms?: { create_time?: number }[] }).transforms?.[0]?.create_time,
    remove: (id) => `/_transform/${id}?force=true`,
    since,
  });
}

/**
 * The same of alert rules in Kibana, and of the connectors that they speak through, which have no date of their own: of
 * both Kibana refuses a second one with the same id (409).
 */
export async function removeOldRules(
  kibana: Server,
  objects: readonly ElasticObject[],
  since: Date,
): Promise<string[]> {
  const ids = objects.flatMap(({ type, inputs }) =>
    type === "KibanaAlertingRule" ? (inputs.ruleId ?? []) : [],
  );
  const rules = await removeOld(kibana, ids, {
    path: (id) => `/api/alerting/rule/${id}`,
    madeAt: (body) => (body as { created_at?: string }).created_at,
    remove: (id) => `/api/alerting/rule/${id}`,
    since,
  });
  if (rules.length === 0) return [];
  const connectors = objects.flatMap(({ type, inputs }) =>
    type === "KibanaActionConnector" ? (inputs.connectorId ?? []) : [],
  );
  for (const id of connectors) await remove(kibana, `/api/actions/connector/${id}`);
  return [...rules, ...connectors];
}

interface Removal {
  path: (id: string) => string;
  /** From the answer to `path`: milliseconds since 1970, or ISO 8601. */
  madeAt: (body: unknown) => number | string | undefined;
  remove: (id: string) => string;
  since: Date;
}

async function removeOld(server: Server, ids: readonly string[], removal: Removal): Promise<string[]> {
  const asker = new Asker(server);
  const gone: string[] = [];
  try {
    for (const id of ids) {
      const { status, body } = await asker.ask("GET", removal.path(id));
      const madeAt = status === 200 ? removal.madeAt(body) : undefined;
      if (madeAt === undefined || new Date(madeAt) >= removal.since) continue;
      await remove(server, removal.remove(id));
      gone.push(id);
    }
  } finally {
    await asker.close();
  }
  return gone;
}

async function remove(server: Server, path: string): Promise<void> {
  const asker = new Asker(server);
  const { status } = await asker.ask("DELETE", path).finally(() => asker.close());
  if (status < 300 || status === 404) return;
  throw shownError(
    `${server.endpoints.join(", ")} has something of an earlier run of this stack that can't be removed (DELETE ${path}: ${status}). Remove it by hand, and run this again.`,
  );
}
