import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature, SecretInputs } from "../feature";
import { FeatureComponent } from "../feature-component";
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
    const source = this.makeCertificates(component, data);
    const derive = (name: string, namespace: string, role: "server" | "client") =>
      this.makeSecret(component, name, namespace, "kubernetes.io/tls", {
        "ca.crt": pem(source, "ca.crt"),
        "tls.crt": pem(source, `${role}.crt`),
        "tls.key": pem(source, `${role}.key`),
      });
    return [
      derive(GATEWAY_TLS, data.restrictedNamespace, "server"),
      derive(NODE_COLLECTOR_TLS, data.privilegedNamespace, "client"),
    ];
  }

  /**
   * The Secret that both sides' Secrets are derived from and that no pod mounts. Every run makes certificates,
   * but `ignoreChanges` keeps those of the first, so they live until `generation` names another Secret. A
   * provider for certificates would do the same at the price of one more plugin on every machine. A preview makes
   * none, which spares it a library that takes as long to load as all of our own code: what is kept is known
   * without, what is not there yet is unknown.
   */
  private makeCertificates(component: string, data: PipelineComponentData): k8s.core.v1.Secret {
    const name = `collector-certificates-${data.generation}`;
    const namespace = data.restrictedNamespace;
    const source = new k8s.core.v1.Secret(
      `secret/${namespace}/${name}`,
      {
        metadata: { name, namespace, labels: standardLabels(name, component) },
        data: pulumi.runtime.isDryRun() ? unknownData() : pulumi.secret(issueSecretData(data)),
      },
      { parent: this, ignoreChanges: ["data"] },
    );
    pem(source, NOT_AFTER).apply((notAfter) => this.warnOfEnd(notAfter, data));
    return source;
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

/** Whole days until then, negative once it has passed. */
function daysUntil(time: string): number {
  return Math.floor((Date.parse(time) - Date.now()) / (24 * 60 * 60 * 1000));
}

function unknownData(): pulumi.Output<Record<string, string>> {
  return pulumi.secret(pulumi.output(pulumi.unknown as unknown as Record<string, string>));
}

async function issueSecretData(data: PipelineComponentData): Promise<Record<string, string>> {
  const { issueCertificates }: typeof import("./certificates") = require("./certificates");
  return secretData(
    await issueCertificates({ serverNames: data.gatewayNames, validityDays: data.validityDays }),
  );
}

/** Data of the source Secret, encoded as the API has it. */
function secretData(certificates: Certificates): Record<string, string> {
  const texts = {
    "ca.crt": certificates.caCertificate,
    "server.crt": certificates.serverCertificate,
    "server.key": certificates.serverKey,
    "client.crt": certificates.clientCertificate,
    "client.key": certificates.clientKey,
    [NOT_AFTER]: certificates.notAfter,
  };
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
}

function pem(source: k8s.core.v1.Secret, key: string): pulumi.Output<string> {
  return source.data.apply((data) => Buffer.from(data[key] ?? "", "base64").toString());
}
