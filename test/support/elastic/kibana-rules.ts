import { dataViews } from "../../../components/documents/data-views";
import type { AlertInputs } from "../../../components/elastic/alert-inputs";
import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";

type Json = Record<string, unknown>;

interface QueryParams {
  esQuery: string;
  index: string[];
  timeField: string;
  timeWindowSize: number;
  termField: string | string[];
  thresholdComparator: string;
  threshold: number[];
}

interface ThresholdParams {
  criteria: { timeSize: number }[];
  groupBy: string[];
  alertOnGroupDisappear: boolean;
  searchConfiguration: { index: string; query: { query: string } };
}

/**
 * Groups for which Kibana would raise an alert, by the parameters that Kibana is given. Kibana's rule types are done
 * again here as far as the stack uses them: the window and the groups are added to the rule's own query. Two things
 * differ: groups of several fields are a composite aggregation, since the server of the tests has no `multi_terms`;
 * and who was there before is read from the window before, where Kibana remembers its last runs.
 */
export async function firingGroups(client: ElasticsearchClient, inputs: AlertInputs): Promise<string[]> {
  const params = JSON.parse(inputs.params) as unknown;
  return inputs.ruleTypeId === ".es-query"
    ? matching(client, params as QueryParams)
    : disappeared(client, params as ThresholdParams);
}

async function matching(client: ElasticsearchClient, params: QueryParams): Promise<string[]> {
  if (params.thresholdComparator !== ">=") throw new Error(`${params.thresholdComparator} is not done here`);
  const { query } = JSON.parse(params.esQuery) as { query: Json };
  const window = { range: { [params.timeField]: { gte: `now-${params.timeWindowSize}m` } } };
  const counts = await countGroups(
    client,
    params.index.join(","),
    [query, window],
    [params.termField].flat(),
  );
  return [...counts].filter(([, count]) => count >= params.threshold[0]!).map(([group]) => group);
}

async function disappeared(client: ElasticsearchClient, params: ThresholdParams): Promise<string[]> {
  const { index, query } = params.searchConfiguration;
  const view = Object.values(dataViews(INDICES)).find(({ id }) => id === index);
  const { timeSize } = params.criteria[0]!;
  // Of the Kibana Query Language what the rules use, `field: "value"`, is the same in Lucene's.
  const filter = query.query === "" ? { match_all: {} } : { query_string: { query: query.query } };
  const range = (bounds: Json) => ({ range: { [view!.timeField!]: bounds } });
  const groups = (bounds: Json) => countGroups(client, view!.title, [filter, range(bounds)], params.groupBy);
  const before = await groups({ gte: `now-${2 * timeSize}m`, lt: `now-${timeSize}m` });
  const present = await groups({ gte: `now-${timeSize}m` });
  return params.alertOnGroupDisappear ? [...before.keys()].filter((group) => !present.has(group)) : [];
}

async function countGroups(
  client: ElasticsearchClient,
  index: string,
  filter: Json[],
  fields: string[],
): Promise<Map<string, number>> {
  const sources = fields.map((field) => ({ [field]: { terms: { field } } }));
  const body = {
    size: 0,
    query: { bool: { filter } },
    aggs: { groups: { composite: { size: 1000, sources } } },
  };
  const answer = await client.must("POST", `/${index}/_search?ignore_unavailable=true`, body);
  const { groups } = answer["aggregations"] as { groups: { buckets: { key: Json; doc_count: number }[] } };
  return new Map(groups.buckets.map(({ key, doc_count }) => [Object.values(key).join(", "), doc_count]));
}
