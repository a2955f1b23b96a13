import type { Namespaces } from "../core/contract/namespaces";

/** Name of the Elasticsearch and the Kibana object; ECK derives all others from it (cloud-on-k8s, pkg/apis/elasticsearch/v1/name.go). */
export const CLUSTER = "security";

export const ELASTICSEARCH_PORT = 9200;
export const TRANSPORT_PORT = 9300;
export const KIBANA_PORT = 5601;

export const OPERATOR = "elastic-operator";
export const ELASTICSEARCH_SERVICE = `${CLUSTER}-es-http`;
export const KIBANA_SERVICE = `${CLUSTER}-kb-http`;

/** ServiceAccount of Elasticsearch's pods, which a cloud may give a role; it has no right in Kubernetes. */
export const ELASTICSEARCH_ACCOUNT = "elasticsearch";

/** Secrets with ECK's certificates, for clients. */
export const ELASTICSEARCH_CA = { name: `${CLUSTER}-es-http-certs-public`, key: "ca.crt" };
export const KIBANA_CA = { name: `${CLUSTER}-kb-http-certs-public`, key: "ca.crt" };

/** Secrets of ours that ECK reads: the user that the program comes as, and what it may. */
export const PROVISIONER_SECRET = "security-stack-provisioner";
export const ROLES_SECRET = "security-stack-roles";

/** Secret with the key by which Kibana encrypts what rules and connectors hold; Kibana's keystore is made of it. */
export const KIBANA_KEYS_SECRET = "security-stack-kibana-keys";

/** Index that the alerts are written to. */
export const ALERTS_INDEX = "security-alerts";

/** Labels that ECK puts on the pods (cloud-on-k8s, pkg/controller/{elasticsearch,kibana}/label). */
export const ELASTICSEARCH_PODS = { "elasticsearch.k8s.elastic.co/cluster-name": CLUSTER };
export const KIBANA_PODS = { "kibana.k8s.elastic.co/name": CLUSTER };
export const OPERATOR_PODS = { "app.kubernetes.io/name": OPERATOR };

/** Elasticsearch's address in the cluster. */
export function elasticsearchUrl({ restricted }: Namespaces): string {
  return `https://${ELASTICSEARCH_SERVICE}.${restricted}.svc:${ELASTICSEARCH_PORT}`;
}

/** Kibana's address in the cluster. */
export function kibanaUrl({ restricted }: Namespaces): string {
  return `https://${KIBANA_SERVICE}.${restricted}.svc:${KIBANA_PORT}`;
}
