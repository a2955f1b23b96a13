import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature, SecretInputs } from "../feature";
import { FeatureComponent } from "../feature-component";
import { standardLabels } from "../labels";
import { MutualTlsCertificates } from "./certificates";
import type { PipelineComponentData } from "./feature";
import { GATEWAY_TLS, NODE_COLLECTOR_TLS } from "./names";

/** The pipeline's resources: what every feature has, and the Secrets that the plan can't hold. */
export class PipelineComponent extends FeatureComponent {
  protected override makeSecrets(feature: PlannedFeature, secrets: SecretInputs): pulumi.Resource[] {
    const data = feature.contribution.component as PipelineComponentData;
    const apiKey = secrets["output.elasticsearch.apiKey"];
    return [
      ...this.makeTlsSecrets(feature.name, data),
      ...(apiKey ? [this.makeApiKeySecret(feature.name, data, apiKey)] : []),
    ];
  }

  private makeTlsSecrets(component: string, data: PipelineComponentData): pulumi.Resource[] {
    const certificates = new MutualTlsCertificates(
      "collector-certificates",
      {
        serverNames: data.gatewayNames,
        validityDays: data.validityDays,
        renewBeforeDays: data.renewBeforeDays,
      },
      { parent: this },
    );
    return [
      this.makeSecret(component, GATEWAY_TLS, data.restrictedNamespace, "kubernetes.io/tls", {
        "ca.crt": certificates.caCertificate,
        "tls.crt": certificates.serverCertificate,
        "tls.key": certificates.serverKey,
      }),
      this.makeSecret(component, NODE_COLLECTOR_TLS, data.privilegedNamespace, "kubernetes.io/tls", {
        "ca.crt": certificates.caCertificate,
        "tls.crt": certificates.clientCertificate,
        "tls.key": certificates.clientKey,
      }),
    ];
  }

  private makeApiKeySecret(
    component: string,
    data: PipelineComponentData,
    apiKey: pulumi.Output<string>,
  ): pulumi.Resource {
    const { name, key } = data.apiKeySecret;
    return this.makeSecret(component, name, data.restrictedNamespace, "Opaque", { [key]: apiKey });
  }

  private makeSecret(
    component: string,
    name: string,
    namespace: string,
    type: string,
    stringData: Record<string, pulumi.Output<string>>,
  ): pulumi.Resource {
    return new k8s.core.v1.Secret(
      `secret/${namespace}/${name}`,
      {
        metadata: { name, namespace, labels: standardLabels(name, component) },
        type,
        stringData: pulumi.secret(stringData),
      },
      { parent: this },
    );
  }
}
