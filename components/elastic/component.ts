import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature } from "../feature";
import { FeatureComponent } from "../feature-component";
import { keptSecret } from "../kept-secret";
import { standardLabels } from "../labels";
import type { ElasticComponentData } from "./feature";
import { PROVISIONER_SECRET, ROLES_SECRET } from "./names";
import { PROVISIONER } from "./roles";

/** The store's resources: what every feature has, and the user that the program comes as. */
export class ElasticComponent extends FeatureComponent {
  protected override makeSecrets(feature: PlannedFeature): pulumi.Resource[] {
    const data = feature.contribution.component as ElasticComponentData;
    return data.provisioner ? this.makeProvisioner(feature.name, data.provisioner) : [];
  }

  /** ECK reads both: a user in its file realm, with a role from a file (ECK docs, "Users and roles"). */
  private makeProvisioner(
    component: string,
    { namespace, roles }: NonNullable<ElasticComponentData["provisioner"]>,
  ): pulumi.Resource[] {
    const user = keptSecret(
      {
        name: PROVISIONER_SECRET,
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
    const file = new k8s.core.v1.Secret(
      `secret/${namespace}/${ROLES_SECRET}`,
      {
        metadata: { name: ROLES_SECRET, namespace, labels: standardLabels(ROLES_SECRET, component) },
        // JSON is YAML.
        stringData: { "roles.yml": JSON.stringify(roles) },
      },
      { parent: this },
    );
    return [user, file];
  }
}
