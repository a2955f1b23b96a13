import * as k8s from "@pulumi/kubernetes";
import { toManaged } from "../../../components/elastic/connection";
import { CLUSTER, PROVISIONER_SECRET } from "../../../components/elastic/elastic-names";
import { type ContentsArgs, ElasticsearchContents } from "../../../components/elastic/elasticsearch-contents";
import { PROVISIONER } from "../../../components/elastic/roles";
import { keptSecret } from "../../../components/kubernetes/kept-secret";

export interface ManagedInput extends Omit<ContentsArgs, "connections"> {
  /** Of the port-forward, on 127.0.0.1. */
  localPort: number;
  /** In place of it. */
  endpoints?: string[] | undefined;
  kubeconfig: string;
}

/**
 * The product's way to an Elasticsearch that it runs itself: a user of its own, and a port-forward through the Kubernetes
 * API to a pod with ECK's labels. A ConfigMap is in the place of ECK's object, of which only the name counts here.
 */
export function register(_provider: unknown, data: unknown): void {
  const { localPort, endpoints, kubeconfig, ...rest } = data as ManagedInput;
  // Where the port-forward looks; as `pulumi up` of a user has it.
  process.env["KUBECONFIG"] = kubeconfig;
  const provider = new k8s.Provider("kubernetes", { kubeconfig });
  const { namespace, component, generation } = rest;
  const elasticsearch = new k8s.core.v1.ConfigMap(
    "elasticsearch",
    { metadata: { name: CLUSTER, namespace } },
    { provider },
  );
  const provisioner = keptSecret(
    {
      name: `${PROVISIONER_SECRET}-${generation}`,
      namespace,
      component,
      make: async () => ({ username: PROVISIONER, password: `password-of-generation-${generation}` }),
    },
    { provider },
  );
  const connections = toManaged(
    {
      roles: {},
      localPorts: { elasticsearch: localPort, kibana: 0 },
      context: undefined,
      endpoints,
      kibanaEndpoint: undefined,
    },
    namespace,
    { elasticsearch, provisioner },
    { provider },
  );
  new ElasticsearchContents("inside", { connections, ...rest }, { providers: [provider] });
}
