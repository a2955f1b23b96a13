import { ConfigError } from "../../core/config/config-error";
import type { StoreLook } from "../../core/contract/store-look";
import { filterClauses } from "../../documents/condition";
import { ConnectionError } from "../../node-program/http-client";
import { Asker, type Server } from "./ask";

/** Of what was found, the most that is listed. */
const MOST_ROWS = 20;

interface Row {
  key: Record<string, string | number | null>;
  doc_count: number;
  last: { value_as_string?: string };
}

/**
 * Asks for what speaks against an update.
 * @returns a line for each look that Elasticsearch did not answer, such as one whose index is not there yet
 * @throws ConfigError (CFG023) with all that was found
 */
export async function lookInStore(server: Server, looks: readonly StoreLook[]): Promise<string[]> {
  const asker = new Asker(server);
  try {
    const answers = await Promise.all(looks.map((look) => ask(asker, look)));
    const found = answers.flatMap((answer) => (typeof answer === "string" ? [] : answer));
    if (found.length > 0) throw new ConfigError(found);
    return answers.filter((answer) => typeof answer === "string");
  } finally {
    await asker.close();
  }
}

/** What is in the way, or why that is not known. */
async function ask(asker: Asker, look: StoreLook) {
  const path = `/${look.index}/_search?ignore_unavailable=true`;
  let status: number;
  let body: unknown;
  try {
    ({ status, body } = await asker.ask("POST", path, query(look)));
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return unasked(look, `Elasticsearch can't be reached (${error.code})`);
  }
  if (status !== 200) return unasked(look, `Elasticsearch answered ${status} to a search of ${look.index}`);
  const rows = (body as { aggregations?: { rows: { buckets: Row[] } } }).aggregations?.rows.buckets ?? [];
  if (rows.length === 0) return [];
  const { path: where, found, allowed, fix } = look;
  return [{ code: "CFG023" as const, path: where, found: `${found}:\n${listed(look, rows)}`, allowed, fix }];
}

/** What is said of a look that was not had. */
export function unasked(look: StoreLook, because: string): string {
  return `${look.path}: ${look.unasked}: ${because}.`;
}

function query({ filter, hours, groupBy }: StoreLook): object {
  const since = { range: { "@timestamp": { gte: `now-${hours}h` } } };
  const sources = groupBy.map(({ field }) => ({ [field]: { terms: { field, missing_bucket: true } } }));
  return {
    size: 0,
    query: { bool: { filter: [since, ...filterClauses(filter)] } },
    aggs: {
      rows: {
        composite: { size: MOST_ROWS + 1, sources },
        aggs: { last: { max: { field: "@timestamp" } } },
      },
    },
  };
}

function listed({ groupBy }: StoreLook, rows: readonly Row[]): string {
  const lines = rows.slice(0, MOST_ROWS).map(({ key, doc_count, last }) => {
    const parts = groupBy.flatMap(({ field, label }) =>
      key[field] == null ? [] : [`${label} ${key[field]}`],
    );
    return `      - ${parts.join(" ")}: ${doc_count} times, last at ${last.value_as_string ?? "an unknown time"}`;
  });
  return [...lines, ...(rows.length > MOST_ROWS ? ["      - and more"] : [])].join("\n");
}
