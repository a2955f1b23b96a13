import type { Searches } from "./searches";

type Json = Record<string, unknown>;

/** Values by field; null where a document has none. */
export type GroupKey = Readonly<Record<string, string | number | null>>;

/** Documents with the same values, and when the first and the last of them was. */
export interface Bucket {
  key: GroupKey;
  count: number;
  first: number;
  last: number;
  /** Of the last document the fields that were asked for. */
  example: Readonly<Record<string, string>>;
}

export interface BucketQuery {
  index: string;
  filter: readonly Json[];
  timeField: string;
  from: number;
  to: number;
  /** Fields that a document must have to be counted. */
  groupBy: readonly string[];
  /** Fields by which groups are told apart further, whether or not a document has them. */
  also: readonly string[];
  /** Fields of a document to show: keywords, whose length the index limits. */
  show: readonly string[];
  most: number;
}

interface Answer {
  groups: {
    after_key?: GroupKey;
    buckets: {
      key: GroupKey;
      doc_count: number;
      first: { value: number };
      last: { value: number };
      example?: { hits: { hits: { fields?: Record<string, unknown[]> }[] } };
    }[];
  };
}

// Of the longest values that an index holds, some 8,000 characters, such a page has a few MB.
const PAGE = 100;

/**
 * Groups of documents within a time, in pages, so that no number of them is too many for an answer.
 * @returns at most `most`; `isCut` says that there are more
 */
export async function readBuckets(
  searches: Searches,
  query: BucketQuery,
): Promise<{ buckets: Bucket[]; isCut: boolean }> {
  const { index, filter, timeField, from, to, most } = query;
  const buckets: Bucket[] = [];
  let after: GroupKey | undefined;
  for (;;) {
    const answer = await searches.aggregate<Answer>(index, {
      query: {
        bool: {
          filter: [...filter, { range: { [timeField]: { gte: from, lte: to, format: "epoch_millis" } } }],
        },
      },
      aggs: { groups: { composite: composite(query, after), aggs: details(query) } },
    });
    const groups = answer?.groups;
    if (!groups) return { buckets, isCut: false };
    for (const { key, doc_count: count, first, last, example } of groups.buckets)
      buckets.push({
        key,
        count,
        first: first.value,
        last: last.value,
        example: firstValues(example?.hits.hits[0]?.fields ?? {}),
      });
    after = groups.after_key;
    if (after === undefined || groups.buckets.length < PAGE) return { buckets, isCut: false };
    if (buckets.length >= most) return { buckets: buckets.slice(0, most), isCut: true };
  }
}

function firstValues(fields: Readonly<Record<string, unknown[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, [value]]) => [name, String(value)]));
}

function composite({ groupBy, also }: BucketQuery, after: GroupKey | undefined): Json {
  const source = (field: string, isOptional: boolean) => ({
    [field]: { terms: { field, ...(isOptional ? { missing_bucket: true } : {}) } },
  });
  const further = also.filter((field) => !groupBy.includes(field));
  return {
    size: PAGE,
    sources: [
      ...groupBy.map((field) => source(field, false)),
      ...further.map((field) => source(field, true)),
    ],
    ...(after ? { after } : {}),
  };
}

function details({ timeField, show }: BucketQuery): Json {
  return {
    first: { min: { field: timeField } },
    last: { max: { field: timeField } },
    ...(show.length > 0
      ? {
          example: {
            top_hits: { size: 1, sort: [{ [timeField]: "desc" }], _source: false, docvalue_fields: show },
          },
        }
      : {}),
  };
}
