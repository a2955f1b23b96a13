import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature, SecretInputs } from "../core/contract/feature";
import { keptSecret } from "../kubernetes/kept-secret";
import { standardLabels } from "../kubernetes/labels";
import { FeatureComponent } from "../stack/feature-component";
import { type Connections, toExternal, toManaged } from "./connection";
import { PROVISIONER_SECRET, ROLES_SECRET } from "./elastic-names";
import { Inside } from "./elasticsearch-contents";
import type { ElasticComponentData, ManagedStore } from "./plan-contents";
import { PROVISIONER } from "./roles";

/** The store's resources: what every feature has, the user that the program comes as, and what it makes inside. */
export class ElasticComponent extends FeatureComponent {
  /** Set while the base class's constructor runs, which is before any initialiser of this one. */
  declare private provisioner: k8s.core.v1.Secret | undefined;

  protected override makeSecrets(feature: PlannedFeature): pulumi.Resource[] {
    const { inside } = feature.contribution.component as ElasticComponentData;
    if (!inside?.managed) return [];
    this.provisioner = this.makeProvisioner(feature.name, inside);
    return [this.provisioner, this.makeRoles(feature.name, inside.managed, inside.namespace)];
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
