import type { Managed, Objects } from "../config/elasticsearch";
import type { ApiKey, PlanContext } from "../feature";
import { PRESETS } from "./cluster";
import { elasticObjects } from "./objects/catalog";
import type { ElasticObject } from "./objects/object";
import { type Role, roles } from "./roles";

/** Plain data for ElasticComponent. */
export interface ElasticComponentData extends Record<string, unknown> {
  /** Where the stack runs a Kibana. */
  kibanaKeys?: {
    namespace: string;
    context: string | undefined;
    /** The key outlives Kibana, as the data does that it is for. */
    isKept: boolean;
  };
  /** Where there is something to make inside of Elasticsearch; in one of the two that is there. */
  inside?: {
    managed?: ManagedStore;
    external?: ExternalStore;
    objects: ElasticObject[];
    keys: readonly ApiKey[];
    generation: number;
    /** Whether to look first if all of it can be made. */
    preflight: boolean;
    /** Of Elasticsearch, Kibana and all who hold a key. */
    namespace: string;
  };
}

/** An Elasticsearch that the program makes, and how it is reached from where Pulumi runs. */
export interface ManagedStore {
  /** By name, for ECK's roles.yml. */
  roles: Record<string, Role>;
  /** Of the port-forwards, where there is no address. */
  localPorts: Objects["localPorts"];
  context: string | undefined;
  endpoints: string[] | undefined;
  kibanaEndpoint: string | undefined;
}

/** An Elasticsearch that exists. */
export interface ExternalStore {
  endpoints: string[];
  username: string;
  caCertificate: string | undefined;
  kibanaEndpoint: string | undefined;
}

/** What the program makes inside of Elasticsearch, and how it gets there. */
export function planInside(
  objects: Objects,
  managed: Managed | undefined,
  { store, global, namespaces, contributions }: PlanContext,
): NonNullable<ElasticComponentData["inside"]> {
  const { endpoints, kibanaEndpoint, localPorts, username = "", caCertificate } = objects;
  return {
    ...(managed
      ? {
          managed: {
            roles: roles(store.indices),
            localPorts,
            context: global.context,
            endpoints,
            kibanaEndpoint,
          },
        }
      : {
          external: {
            endpoints: endpoints ?? [...store.endpoints],
            username,
            caCertificate,
            kibanaEndpoint,
          },
        }),
    objects: elasticObjects({
      indices: store.indices,
      objects,
      replicas: managed ? PRESETS[managed.preset].replicas : 1,
      makesRoles: !managed,
      hasKibana: managed ? managed.kibana : kibanaEndpoint !== undefined,
      heartbeats: heartbeats(contributions),
    }),
    keys: contributions.flatMap(({ contribution }) => contribution.apiKeys ?? []),
    generation: objects.generation,
    preflight: objects.preflight,
    namespace: namespaces.restricted,
  };
}

function heartbeats(contributions: PlanContext["contributions"]): Record<string, number> {
  const collected = contributions.flatMap(({ contribution }) => contribution.collector ?? []);
  return Object.fromEntries(
    collected.flatMap(({ tool, heartbeatMinutes }) => (heartbeatMinutes ? [[tool, heartbeatMinutes]] : [])),
  );
}
