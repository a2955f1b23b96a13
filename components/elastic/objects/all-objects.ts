import type { Objects } from "../../core/config/elasticsearch-schema";
import type { RegistryFacts } from "../../core/contract/context";
import type { Indices } from "../../documents/store";
import { READER_ROLE, roles } from "../roles";
import { alertRules, dashboards } from "./kibana";
import { lifecyclePolicies, snapshots } from "./lifecycle";
import { type ElasticObject, idOf } from "./object";
import { currentState, templates } from "./templates";

export interface CatalogOptions {
  indices: Indices;
  objects: Objects;
  /** Copies of each shard beside the first. */
  replicas: number;
  /** The role for people is made here; where the program runs Elasticsearch, it is in a file of its. */
  makesRoles: boolean;
  /** There is a Kibana that can be reached. */
  hasKibana: boolean;
  /** Minutes by tool after which its silence is a bad sign. */
  heartbeats: Readonly<Record<string, number>>;
  registry: RegistryFacts;
}

/** All that the program makes inside Elasticsearch and Kibana, but for the API keys, whose values are secrets. */
export function elasticObjects(options: CatalogOptions): ElasticObject[] {
  const { indices, objects, makesRoles, hasKibana, replicas, heartbeats, registry } = options;
  const silentAfterMinutes = { ...heartbeats, ...objects.alerts.silentAfterMinutes };
  const inKibana = [
    ...dashboards(indices, objects, registry),
    ...alertRules(
      indices,
      { ...objects.alerts, silentAfterMinutes },
      { replicas, retentionDays: objects.retentionDays.alerts, documents: registry.documents },
    ),
  ];
  return [
    ...lifecyclePolicies(indices, objects),
    ...templates(options),
    ...currentState(options),
    ...snapshots(indices, objects),
    ...(makesRoles ? [readerRole(indices)] : []),
    ...(hasKibana ? onceEach(inKibana) : []),
  ];
}

/** Data views are wanted by dashboards and by rules. */
function onceEach(objects: readonly ElasticObject[]): ElasticObject[] {
  return [...new Map(objects.map((object) => [idOf(object), object])).values()];
}

function readerRole(indices: Indices): ElasticObject {
  const { cluster, indices: privileges, applications } = roles(indices)[READER_ROLE]!;
  return {
    type: "ElasticsearchSecurityRole",
    name: READER_ROLE,
    inputs: { name: READER_ROLE, clusters: cluster, indices: privileges, applications },
  };
}
