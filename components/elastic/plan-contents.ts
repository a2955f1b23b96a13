import type { Managed, Objects } from "../core/config/elasticsearch-schema";
import type { PlanContext } from "../core/contract/context";
import type { ApiKey } from "../core/contract/contribution";
import { heartbeats } from "../core/plan/alert-rules";
import { PRESETS } from "./eck-objects";
import { elasticObjects } from "./objects/all-objects";
import type { ElasticObject } from "./objects/object";
import { type Role, roles } from "./roles";

/** Plain data for what the program makes beside the plan. */
export interface ElasticData {
  /** What is made inside of Elasticsearch; nothing where the config switches that off. */
  inside?: Contents;
  /** Where the stack runs a Kibana. */
  kibanaKeys?: KibanaKeys;
}

/** The Secret with the key by which Kibana encrypts. */
export interface KibanaKeys {
  namespace: string;
  context: string | undefined;
  /** The key outlives Kibana, as the data does that it is for. */
  isKept: boolean;
}

/** What is made inside of Elasticsearch and Kibana, in one of the two that is there. */
export interface Contents {
  managed?: ManagedStore;
  external?: ExternalStore;
  objects: ElasticObject[];
  keys: readonly ApiKey[];
  generation: number;
  /** Whether to look first if all of it can be made. */
  preflight: boolean;
  /** Of Elasticsearch, Kibana and all who hold a key. */
  namespace: string;
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
export function planContents(
  objects: Objects,
  managed: Managed | undefined,
  { store, global, namespaces, contributions, registry }: PlanContext,
): Contents {
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
      registry,
    }),
    keys: contributions.flatMap(({ contribution }) => contribution.apiKeys ?? []),
    generation: objects.generation,
    preflight: objects.preflight,
    namespace: namespaces.restricted,
  };
}
