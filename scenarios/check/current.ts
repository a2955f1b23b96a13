import type { Found, Json, Store } from "./store";

const ROW = "osquery.row_id";
const PAGE = 1000;
// A million rows, most of which are containers that are gone: who has more does not look here.
const MOST_PAGES = 1000;

interface Bucket {
  newest: { hits: { hits: Found[] } };
}

/**
 * Rows of the inventory as they are now, a page at a time: the newest document of each row that is not one of its
 * going. osquery logs such a row once, when it comes up, so that its age says nothing. The pages are in the order of
 * the rows' ids, which are hashes: what is there now is spread evenly among what is gone.
 */
export async function* currentRows(
  store: Store,
  index: string,
  filter: readonly Json[],
): AsyncGenerator<Found[]> {
  let after: Json | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const composite = { size: PAGE, sources: [{ row: { terms: { field: ROW } } }], ...(after && { after }) };
    const newest = { top_hits: { size: 1, sort: [{ "@timestamp": "desc" }, { "event.created": "desc" }] } };
    const { aggregations } = await store.search(index, {
      query: { bool: { filter } },
      size: 0,
      aggs: { rows: { composite, aggs: { newest } } },
    });
    const rows = aggregations?.["rows"] as { buckets: Bucket[]; after_key?: Json } | undefined;
    if (!rows || rows.buckets.length === 0) return;
    yield rows.buckets.flatMap(({ newest: { hits } }) => hits.hits).filter((hit) => !isGone(hit));
    after = rows.after_key;
    if (!after) return;
  }
}

function isGone({ _source }: Found): boolean {
  return (_source["event"] as { action?: string } | undefined)?.action === "removed";
}
