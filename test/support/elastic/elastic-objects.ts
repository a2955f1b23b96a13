import { objectsSchema } from "../../../components/core/config/elasticsearch-schema";
import type { ApiKey } from "../../../components/core/contract/contribution";
import { registryFacts } from "../../../components/core/plan/registry-facts";
import { gatewayKey, reporterKey } from "../../../components/documents/api-keys";
import { elasticObjects } from "../../../components/elastic/objects/all-objects";
import type { ElasticObject } from "../../../components/elastic/objects/object";
import { FEATURES } from "../../../components/registry";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";

/** Keys as the features ask for them. */
export const KEYS: ApiKey[] = [
  { name: "gateway", secret: { name: "gateway-key", key: "api_key" }, pods: {}, roles: gatewayKey(INDICES) },
  {
    name: "reporter",
    secret: { name: "reporter-key", key: "api_key" },
    pods: {},
    roles: reporterKey(INDICES),
  },
];

/** What the build of the tests lacks (tools/elasticsearch): their inputs are held to the provider's schema only. */
export const ABSENT = [
  "ElasticsearchIndexLifecycle",
  "ElasticsearchIngestPipeline",
  "ElasticsearchSnapshotLifecycle",
  "ElasticsearchSnapshotRepository",
  "ElasticsearchTransform",
];

/** All that is made inside Elasticsearch; what is in Kibana has its own test (kibana-objects.test.ts). */
export function allObjects({ makesRoles }: { makesRoles: boolean }): ElasticObject[] {
  return elasticObjects({
    indices: INDICES,
    objects: objectsSchema.parse({ snapshots: { type: "s3", settings: { bucket: "backup" } } }),
    replicas: 1,
    makesRoles,
    hasKibana: false,
    heartbeats: {},
    registry: registryFacts(FEATURES),
  });
}

/** Those that the build of the tests has, without the settings and the type of field that it lacks. */
export function presentOf(objects: readonly ElasticObject[]): ElasticObject[] {
  return objects
    .filter(({ type }) => !ABSENT.includes(type))
    .map((object) => {
      const text = JSON.stringify(object.inputs)
        .replaceAll('\\"type\\":\\"wildcard\\"', '\\"type\\":\\"keyword\\"')
        .replace(/,"settings":"\{\\"index\.lifecycle[^}]*\}"/, "");
      const after = object.after?.filter((id) => !ABSENT.includes(id.split("/")[0]!));
      return { ...object, inputs: JSON.parse(text), ...(after ? { after } : {}) };
    });
}
