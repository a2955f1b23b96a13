import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature, SecretInputs } from "../feature";
import { FeatureComponent } from "../feature-component";
import { keptSecret, secretText } from "../kept-secret";
import { standardLabels } from "../labels";
import type { Certificates } from "./certificates";
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
    const source = this.makeCertificates(component, data, data.generation);
    secretText(source, NOT_AFTER).apply((notAfter) => this.warnOfEnd(notAfter, data));
    const authorities = trusted(data.generation).map((generation) =>
      secretText(
        generation === data.generation ? source : this.makeCertificates(component, data, generation),
        "ca.crt",
      ),
    );
    const derive = (name: string, namespace: string, role: "server" | "client") =>
      this.makeSecret(component, name, namespace, "kubernetes.io/tls", {
        "ca.crt": pulumi.all(authorities).apply((texts) => texts.join("\n")),
        "tls.crt": secretText(source, `${role}.crt`),
        "tls.key": secretText(source, `${role}.key`),
      });
    return [
      derive(GATEWAY_TLS, data.restrictedNamespace, "server"),
      derive(NODE_COLLECTOR_TLS, data.privilegedNamespace, "client"),
    ];
  }

  /** The Secret that both sides' Secrets are derived from and that no pod mounts; `generation` names it. */
  private makeCertificates(
    component: string,
    data: PipelineComponentData,
    generation: number,
  ): k8s.core.v1.Secret {
    return keptSecret(
      {
        name: `collector-certificates-${generation}`,
        namespace: data.restrictedNamespace,
        component,
        make: () => issue(data),
      },
      { parent: this },
    );
  }

  private warnOfEnd(notAfter: string, { warnBeforeDays, generation }: PipelineComponentData): void {
    const days = daysUntil(notAfter);
    if (days >= warnBeforeDays) return;
    pulumi.log.warn(
      `the certificates between the collectors end in ${days} days: set features[].config.certificates.generation of otel_pipeline to ${generation + 1} and run \`pulumi up\``,
      this,
    );
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

const NOT_AFTER = "not-after";

/**
 * Generations whose authority both sides trust, the newest first: while pods are rolled to a new one, those that are and
 * those that are not yet speak to each other.
 */
function trusted(generation: number): number[] {
  return generation > 1 ? [generation, generation - 1] : [generation];
}

/** Whole days until then, negative once it has passed. */
function daysUntil(time: string): number {
  return Math.floor((Date.parse(time) - Date.now()) / (24 * 60 * 60 * 1000));
}

/** Loads a library that takes as long as all of our own code: for an update only. */
async function issue(data: PipelineComponentData): Promise<Record<string, string>> {
  const { issueCertificates }: typeof import("./certificates") = require("./certificates");
  return secretValues(
    await issueCertificates({ serverNames: data.gatewayNames, validityDays: data.validityDays }),
  );
}

function secretValues(certificates: Certificates): Record<string, string> {
  return {
    "ca.crt": certificates.caCertificate,
    "server.crt": certificates.serverCertificate,
    "server.key": certificates.serverKey,
    "client.crt": certificates.clientCertificate,
    "client.key": certificates.clientKey,
    [NOT_AFTER]: certificates.notAfter,
  };
}
