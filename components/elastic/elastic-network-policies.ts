import type { NetworkPolicyEgressRule, NetworkPolicyPeer } from "kubernetes-types/networking/v1";
import type { Managed, Objects } from "../core/config/elasticsearch-schema";
import type { ApiKey } from "../core/contract/contribution";
import type { Manifest } from "../kubernetes/manifest";
import { ANYWHERE, networkPolicy, tcp, toApiServer } from "../kubernetes/network-policies";
import {
  ELASTICSEARCH_PODS,
  ELASTICSEARCH_PORT,
  KIBANA_PODS,
  KIBANA_PORT,
  OPERATOR,
  OPERATOR_PODS,
  TRANSPORT_PORT,
} from "./elastic-names";

export interface NetworkSettings {
  managed: Managed;
  /** Type of the snapshot repository, where there is one. */
  snapshots: NonNullable<Objects["snapshots"]>["type"] | undefined;
  keys: readonly ApiKey[];
}

/**
 * What may flow, over the platform's default of nothing but DNS. Elasticsearch answers ECK, Kibana and those that hold
 * a key of ours; from elsewhere only where the Services are load balancers, and through a port-forward, which no
 * NetworkPolicy sees.
 */
export function networkPolicies(
  namespace: string,
  { managed, snapshots, keys }: NetworkSettings,
): Manifest[] {
  const toElasticsearch = { to: [podsOf(ELASTICSEARCH_PODS)] };
  const outside = managed.serviceType === "LoadBalancer" ? ANYWHERE : [];
  const clients = [OPERATOR_PODS, KIBANA_PODS, ELASTICSEARCH_PODS, ...keys.map((key) => key.pods)];
  const elasticsearch = networkPolicy({ name: "elasticsearch", namespace }, ELASTICSEARCH_PODS, {
    ingress: [
      { from: [...clients.map(podsOf), ...outside], ports: [tcp(ELASTICSEARCH_PORT)] },
      { from: toElasticsearch.to, ports: [tcp(TRANSPORT_PORT)] },
    ],
    egress: [
      { ...toElasticsearch, ports: [tcp(TRANSPORT_PORT), tcp(ELASTICSEARCH_PORT)] },
      ...toRepository(managed, snapshots),
    ],
  });
  const operator = networkPolicy({ name: OPERATOR, namespace }, OPERATOR_PODS, {
    egress: [toApiServer(), { ...toElasticsearch, ports: [tcp(ELASTICSEARCH_PORT)] }],
  });
  const kibana = networkPolicy({ name: "kibana", namespace }, KIBANA_PODS, {
    ingress: outside.length > 0 ? [{ from: outside, ports: [tcp(KIBANA_PORT)] }] : [],
    egress: [{ ...toElasticsearch, ports: [tcp(ELASTICSEARCH_PORT)] }],
  });
  return [operator, elasticsearch, ...(managed.kibana ? [kibana] : [])];
}

/**
 * A snapshot repository is an object store, at its address on the internet or in the cloud's network; so is what gives
 * the credentials for it. One that the user registers by hand has its credentials in the keystore.
 */
function toRepository(
  { secureSettings }: Managed,
  type: NetworkSettings["snapshots"],
): NetworkPolicyEgressRule[] {
  const isRemote = (type !== undefined && type !== "fs") || secureSettings.length > 0;
  return [
    ...(isRemote ? [{ to: ANYWHERE, ports: [tcp(443)] }] : []),
    ...(type === "s3" ? [{ to: POD_IDENTITY_AGENT, ports: [tcp(80)] }] : []),
  ];
}

/** EKS Pod Identity's agent on the pod's own node (AWS docs, "EKS Pod Identity Agent"). */
const POD_IDENTITY_AGENT: NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "169.254.170.23/32" } },
  { ipBlock: { cidr: "fd00:ec2::23/128" } },
];

function podsOf(matchLabels: Readonly<Record<string, string>>): NetworkPolicyPeer {
  return { podSelector: { matchLabels } };
}
