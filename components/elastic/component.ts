import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature, SecretInputs } from "../feature";
import { FeatureComponent } from "../feature-component";
import { keptSecret } from "../kept-secret";
import { standardLabels } from "../labels";
import { type Connections, toExternal, toManaged } from "./connection";
import { Inside } from "./inside";
import { KIBANA_KEYS_SECRET, PROVISIONER_SECRET, ROLES_SECRET } from "./names";
import type { ElasticComponentData, ManagedStore } from "./plan-inside";
import { PROVISIONER } from "./roles";
import { secretInCluster } from "./secret-in-cluster";

/** The store's resources: what every feature has, the user that the program comes as, and what it makes inside. */
export class ElasticComponent extends FeatureComponent {
  /** Set while the base class's constructor runs, which is before any initialiser of this one. */
  declare private provisioner: k8s.core.v1.Secret | undefined;

  protected override makeSecrets(feature: PlannedFeature): pulumi.Resource[] {
    const { inside, kibanaKeys } = feature.contribution.component as ElasticComponentData;
    const keys = kibanaKeys ? [this.makeKibanaKeys(feature.name, kibanaKeys)] : [];
    if (!inside?.managed) return keys;
    this.provisioner = this.makeProvisioner(feature.name, inside);
    return [...keys, this.provisioner, this.makeRoles(feature.name, inside.managed, inside.namespace)];
  }

  /**
   * ECK would make a key of its own with each Kibana (cloud-on-k8s, pkg/controller/kibana/config_settings.go): what the
   * one before encrypted in kept volumes, such as the rules' API keys, the next could not read.
   */
  private makeKibanaKeys(
    component: string,
    { namespace, context, isKept }: NonNullable<ElasticComponentData["kibanaKeys"]>,
  ): k8s.core.v1.Secret {
    const name = KIBANA_KEYS_SECRET;
    return keptSecret(
      {
        name,
        namespace,
        component,
        make: async () => {
          const before = isKept ? await secretInCluster(context, namespace, name) : undefined;
          return before ?? { "xpack.encryptedSavedObjects.encryptionKey": randomBytes(32).toString("hex") };
        },
      },
      { parent: this, retainOnDelete: isKept },
    );
  }

  /** ECK reads it as a user of its file realm (ECK docs, "Users and roles"). */
  private makeProvisioner(
    component: string,
    { namespace, generation }: NonNullable<ElasticComponentData["inside"]>,
  ): k8s.core.v1.Secret {
    return keptSecret(
      {
        name: `${PROVISIONER_SECRET}-${generation}`,
        namespace,
        component,
        type: "kubernetes.io/basic-auth",
        make: async () => ({
          username: PROVISIONER,
          password: randomBytes(24).toString("base64url"),
          roles: PROVISIONER,
        }),
      },
      { parent: this },
    );
  }

  private makeRoles(component: string, { roles }: ManagedStore, namespace: string): pulumi.Resource {
    return new k8s.core.v1.Secret(
      `secret/${namespace}/${ROLES_SECRET}`,
      {
        metadata: { name: ROLES_SECRET, namespace, labels: standardLabels(ROLES_SECRET, component) },
        // JSON is YAML.
        stringData: { "roles.yml": JSON.stringify(roles) },
      },
      { parent: this },
    );
  }

  protected override makeInside(
    feature: PlannedFeature,
    secrets: SecretInputs,
    customObjects: readonly k8s.apiextensions.CustomResource[],
  ): void {
    const { inside } = feature.contribution.component as ElasticComponentData;
    if (!inside) return;
    const { managed, external, ...rest } = inside;
    const connections = this.connect(inside, secrets, customObjects);
    const args = { ...rest, connections, component: feature.name };
    new Inside("inside", args, { parent: this });
  }

  private connect(
    { managed, external, namespace }: NonNullable<ElasticComponentData["inside"]>,
    secrets: SecretInputs,
    [elasticsearch, kibana]: readonly k8s.apiextensions.CustomResource[],
  ): Connections {
    if (external) return toExternal(external, secrets["output.elasticsearch.objects.password"]!);
    if (!managed || !elasticsearch || !this.provisioner)
      throw new Error("no Elasticsearch to make anything in");
    const resources = { elasticsearch, kibana, provisioner: this.provisioner };
    return toManaged(managed, namespace, resources, { parent: this });
  }
}
