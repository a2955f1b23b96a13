type Json = Record<string, unknown>;

/** A node's time in the cluster, in milliseconds; without an end it is still there. */
export interface Life {
  name: string;
  from: number;
  to?: number;
}

/** Documents of one node, of which those of others are made: a row each, the ones that are seen again. */
export type Row = Json & { "@timestamp": string; osquery: Json; host: Json };

/**
 * The newest document of each row of a fleet at a moment, as a `latest` transform by host and row keeps them: rows of a
 * node are seen again at each step of theirs, for as long as the node is there.
 * @param stepOf milliseconds between two sightings of a row
 */
export function newestRows(
  rows: readonly Row[],
  lives: readonly Life[],
  moment: number,
  stepOf: (row: Row) => number,
): Map<string, Row> {
  const newest = new Map<string, Row>();
  for (const life of lives)
    for (const row of rows) {
      const until = Math.min(moment, life.to ?? moment);
      if (life.from > until) continue;
      const step = stepOf(row);
      const seen = life.from + Math.floor((until - life.from) / step) * step;
      newest.set(`${life.name}_${row.osquery["row_id"]}`, ofNode(row, life.name, seen));
    }
  return newest;
}

/** The same row of another node at another time. */
function ofNode(row: Row, name: string, seen: number): Row {
  const currentFor = Date.parse(String(row.osquery["current_until"])) - Date.parse(row["@timestamp"]);
  const container = row["container"] as { id: string } | undefined;
  return {
    ...row,
    "@timestamp": new Date(seen).toISOString(),
    host: { ...row.host, name },
    ...(container ? { container: { id: `${container.id}-${name}` } } : {}),
    osquery: {
      ...row.osquery,
      hostIdentifier: name,
      current_until: new Date(seen + currentFor).toISOString(),
    },
  };
}
