import { ALERTS_INDEX, type Indices } from "../documents/store";
import type { ElasticType } from "./objects/object";

/** The user that the program itself comes as: it may make our objects, and reads and writes our indices. */
export const PROVISIONER = "security-stack-provisioner";

/** For people: reads all of ours, and Kibana. */
export const READER_ROLE = "security-stack-reader";

/** As Elasticsearch's roles.yml and its "create role" have it. */
export interface Role {
  cluster: string[];
  indices: { names: string[]; privileges: string[] }[];
  applications?: { application: string; privileges: string[]; resources: string[] }[];
}

// What Kibana calls its privileges in Elasticsearch (Elastic docs, "Kibana privileges").
const KIBANA = { application: "kibana-.kibana", resources: ["*"] };

/** Cluster privileges that it takes to make objects of a type; none for those in Kibana. */
const CLUSTER_PRIVILEGES: Partial<Record<ElasticType, readonly string[]>> = {
  ElasticsearchComponentTemplate: ["manage_index_templates"],
  ElasticsearchIndexLifecycle: ["manage_ilm"],
  ElasticsearchIndexTemplate: ["manage_index_templates"],
  ElasticsearchIngestPipeline: ["manage_ingest_pipelines"],
  ElasticsearchSecurityRole: ["manage_security"],
  ElasticsearchSnapshotRepository: ["cluster:admin/repository/*"],
  // Snapshots are made with the rights of who made the policy (Elastic docs, "Security and SLM").
  ElasticsearchSnapshotLifecycle: ["manage_slm", "create_snapshot"],
  ElasticsearchTransform: ["manage_transform"],
};

/** For the provider's first question, and for the keys. */
const ALWAYS = ["monitor", "manage_api_key"];

/** An API key, a transform and an alert rule can do no more than who made them. */
const INDEX_PRIVILEGES = ["manage", "read", "write"];

/** What a user needs to make these objects, and keys for these indices. */
export function privilegesFor(objects: readonly { type: ElasticType }[], indices: readonly string[]): Role {
  const cluster = objects.flatMap(({ type }) => CLUSTER_PRIVILEGES[type] ?? []);
  return {
    cluster: [...new Set([...ALWAYS, ...cluster])].sort(),
    indices: [{ names: [...indices], privileges: INDEX_PRIVILEGES }],
  };
}

/**
 * Roles by name. The provisioner is no superuser: it can't make users or roles, nor read what is not ours.
 */
export function roles(indices: Indices): Record<string, Role> {
  const names = [...Object.values(indices).flatMap((index) => [index, `${index}-*`]), ALERTS_INDEX];
  const types = Object.keys(CLUSTER_PRIVILEGES) as ElasticType[];
  // Where the program runs Elasticsearch, roles come from a file.
  const made = types.filter((type) => type !== "ElasticsearchSecurityRole").map((type) => ({ type }));
  return {
    [PROVISIONER]: {
      ...privilegesFor(made, names),
      applications: [{ ...KIBANA, privileges: ["all"] }],
    },
    [READER_ROLE]: {
      cluster: [],
      indices: [{ names, privileges: ["read", "view_index_metadata"] }],
      applications: [{ ...KIBANA, privileges: ["read"] }],
    },
  };
}
