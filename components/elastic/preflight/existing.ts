import type { Request } from "../../node-program/http-client";
import type { Role } from "../roles";
import { Asker, type Server } from "./ask";

/** What is there before the program makes anything, as far as it can be in the way. */
export interface Existing {
  templates: ExistingTemplate[];
  /** By name; only those that were asked for. */
  indices: Record<string, ExistingIndex>;
  /** Privileges that the user lacks of those that were asked for. */
  lacking: string[];
}

export interface ExistingTemplate {
  name: string;
  patterns: string[];
  priority: number;
}

export interface ExistingIndex {
  kind: "index" | "data stream" | "alias";
  /** What documents are written to now; nothing of an alias. */
  properties?: Record<string, unknown>;
}

/** An answer that says that nothing can be found out. */
export class Refused extends Error {
  constructor(readonly status: number) {
    super(`Elasticsearch answered ${status}`);
  }
}

/**
 * Reads what is there, and changes nothing.
 * @param names of indices and data streams
 * @param wanted what the user has to be allowed to do
 * @throws Refused where Elasticsearch says no; ConnectionError where there is no answer
 */
export async function readExisting(
  server: Server,
  names: readonly string[],
  wanted: Role,
): Promise<Existing> {
  const asker = new Asker(server);
  try {
    const lacking = await readLacking(asker, wanted);
    // Without them there is nothing to be read, either.
    if (lacking.length > 0) return { templates: [], indices: {}, lacking };
    return { lacking, templates: await readTemplates(asker), indices: await readIndices(asker, names) };
  } finally {
    await asker.close();
  }
}

async function must<T>(asker: Asker, method: Request["method"], path: string, content?: unknown): Promise<T> {
  const { status, body } = await asker.ask(method, path, content);
  if (status !== 200 || body === undefined) throw new Refused(status);
  return body as T;
}

async function readLacking(asker: Asker, { cluster, indices }: Role): Promise<string[]> {
  type Has = Record<string, boolean>;
  const answer = await must<{ cluster: Has; index: Record<string, Has> }>(
    asker,
    "POST",
    "/_security/user/_has_privileges",
    { cluster, index: indices },
  );
  const missing = (has: Has) => Object.keys(has).filter((privilege) => !has[privilege]);
  return [
    ...missing(answer.cluster),
    ...Object.entries(answer.index).flatMap(([name, has]) => missing(has).map((one) => `${one} on ${name}`)),
  ];
}

async function readTemplates(asker: Asker): Promise<ExistingTemplate[]> {
  const fields = ["name", "index_template.index_patterns", "index_template.priority"];
  const filter = fields.map((field) => `index_templates.${field}`).join(",");
  const { index_templates = [] } = await must<{ index_templates?: TemplateAnswer[] }>(
    asker,
    "GET",
    `/_index_template?filter_path=${filter}`,
  );
  return index_templates.map(({ name, index_template: { index_patterns = [], priority = 0 } }) => ({
    name,
    patterns: [index_patterns].flat(),
    priority,
  }));
}

interface TemplateAnswer {
  name: string;
  index_template: { index_patterns?: string | string[]; priority?: number };
}

interface Resolved {
  indices: { name: string }[];
  aliases: { name: string }[];
  data_streams: { name: string; backing_indices: string[] }[];
}

async function readIndices(asker: Asker, names: readonly string[]): Promise<Record<string, ExistingIndex>> {
  // With a wildcard, since the name of what is not there is an error.
  const patterns = names.map((name) => `${name}*`).join(",");
  const resolved = await must<Resolved>(asker, "GET", `/_resolve/index/${patterns}`);
  const found: Record<string, ExistingIndex> = {};
  for (const { name } of resolved.aliases) if (names.includes(name)) found[name] = { kind: "alias" };
  for (const { name } of resolved.indices)
    if (names.includes(name))
      found[name] = { kind: "index", properties: await readProperties(asker, name, name) };
  for (const { name, backing_indices } of resolved.data_streams)
    if (names.includes(name)) {
      const written = [backing_indices].flat().at(-1)!;
      found[name] = { kind: "data stream", properties: await readProperties(asker, name, written) };
    }
  return found;
}

async function readProperties(asker: Asker, name: string, index: string): Promise<Record<string, unknown>> {
  const answer = await must<Record<string, { mappings: { properties?: Record<string, unknown> } }>>(
    asker,
    "GET",
    `/${name}/_mapping`,
  );
  return answer[index]?.mappings.properties ?? {};
}
