import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type { ExtraResources, ResourceScope } from "../core/contract/resources";
import { keptSecret } from "../kubernetes/kept-secret";
import { standardLabels } from "../kubernetes/labels";
import { type Connections, toExternal, toManaged } from "./connection";
import { KIBANA_KEYS_SECRET, PROVISIONER_SECRET, ROLES_SECRET } from "./elastic-names";
import { ElasticsearchContents } from "./elasticsearch-contents";
import type { Contents, ElasticData, KibanaKeys, ManagedStore } from "./plan-contents";
import { PROVISIONER } from "./roles";
import { secretInCluster } from "./secret-in-cluster";

/** The user that the program logs in as, and what it makes inside of Elasticsearch and Kibana. */
export function makeElasticResources(
  { inside, kibanaKeys }: ElasticData,
  scope: ResourceScope,
): ExtraResources {
  const keys = kibanaKeys ? [makeKibanaKeys(kibanaKeys, scope)] : [];
  if (!inside) return { secrets: keys };
  const { managed, external, ...rest } = inside;
  if (external) {
    const connections = toExternal(external, scope.secrets["output.elasticsearch.objects.password"]!);
    return { secrets: keys, contents: () => makeContents(rest, connections, scope) };
  }
  if (!managed) throw new Error("no Elasticsearch to create objects in");
  const provisioner = makeProvisioner(inside, scope);
  return {
    secrets: [...keys, provisioner, makeRoles(managed, inside.namespace, scope)],
    contents([elasticsearch, kibana]) {
      if (!elasticsearch) throw new Error("no Elasticsearch to create objects in");
      const resources = { elasticsearch, kibana, provisioner };
      const { parent, kubeconfig } = scope;
      const connections = toManaged(managed, inside.namespace, resources, { parent }, kubeconfig);
      makeContents(rest, connections, scope);
    },
  };
}

function makeContents(
  contents: Omit<Contents, "managed" | "external">,
  connections: Connections,
  { feature, parent }: ResourceScope,
): void {
  new ElasticsearchContents("inside", { ...contents, connections, component: feature }, { parent });
}

/** ECK reads it as a user of its file realm (ECK docs, "Users and roles"). */
function makeProvisioner(
  { namespace, generation }: Contents,
  { feature, parent }: ResourceScope,
): k8s.core.v1.Secret {
  return keptSecret(
    {
      name: `${PROVISIONER_SECRET}-${generation}`,
      namespace,
      component: feature,
      type: "kubernetes.io/basic-auth",
      make: async () => ({
        username: PROVISIONER,
        password: randomBytes(24).toString("base64url"),
        roles: PROVISIONER,
      }),
    },
    { parent },
  );
}

/**
 * ECK would make a key of its own with each Kibana (cloud-on-k8s, pkg/controller/kibana/config_settings.go): what the one
 * before encrypted in kept volumes, such as the rules' API keys, the next could not read.
 */
function makeKibanaKeys(
  { namespace, context, isKept }: KibanaKeys,
  { feature, parent, rendersOnly, kubeconfig }: ResourceScope,
): k8s.core.v1.Secret {
  const name = KIBANA_KEYS_SECRET;
  return keptSecret(
    {
      name,
      namespace,
      component: feature,
      make: async () => {
        // Also where this config keeps nothing: an earlier one may have.
        const before = rendersOnly
          ? undefined
          : await secretInCluster(context, namespace, name, await kubeconfig?.());
        return before ?? { "xpack.encryptedSavedObjects.encryptionKey": randomBytes(32).toString("hex") };
      },
    },
    { parent, retainOnDelete: isKept },
  );
}

function makeRoles(
  { roles }: ManagedStore,
  namespace: string,
  { feature, parent }: ResourceScope,
): k8s.core.v1.Secret {
  return new k8s.core.v1.Secret(
    `secret/${namespace}/${ROLES_SECRET}`,
    {
      metadata: { name: ROLES_SECRET, namespace, labels: standardLabels(ROLES_SECRET, feature) },
      // JSON is YAML.
      stringData: { "roles.yml": JSON.stringify(roles) },
    },
    { parent },
  );
}
