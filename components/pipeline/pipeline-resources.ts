import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ExtraResources, ResourceScope } from "../core/contract/resources";
import { keptSecret, secretText } from "../kubernetes/kept-secret";
import { standardLabels } from "../kubernetes/labels";
import type { Certificates } from "./certificates";
import { GATEWAY_TLS, LINE_READER_TLS, NODE_COLLECTOR_TLS } from "./pipeline-names";

/** Plain data that the pipeline's Secrets are made from. */
export interface PipelineData {
  privilegedNamespace: string;
  restrictedNamespace: string;
  /** Whether there are line readers, whose collectors are clients in the restricted namespace. */
  lineReaders: boolean;
  /** Names that the gateways' certificate is made for. */
  gatewayNames: string[];
  validityDays: number;
  warnBeforeDays: number;
  generation: number;
  /** The Secret to make when the config holds the API key itself. */
  apiKeySecret: { name: string; key: string };
}

/** The Secrets that the plan can't hold: certificates between the collectors, and a key given as a Pulumi secret. */
export function makePipelineResources(data: PipelineData, scope: ResourceScope): ExtraResources {
  const apiKey = scope.secrets["output.elasticsearch.apiKey"];
  return {
    secrets: [...makeTlsSecrets(data, scope), ...(apiKey ? [makeApiKeySecret(data, apiKey, scope)] : [])],
  };
}

function makeTlsSecrets(data: PipelineData, scope: ResourceScope): pulumi.Resource[] {
  const source = makeCertificates(data, data.generation, scope);
  secretText(source, NOT_AFTER).apply((notAfter) => warnOfEnd(notAfter, data, scope.parent));
  const authorities = trusted(data.generation).map((generation) =>
    secretText(generation === data.generation ? source : makeCertificates(data, generation, scope), "ca.crt"),
  );
  const derive = (name: string, namespace: string, role: "server" | "client") =>
    makeSecret(scope, name, namespace, "kubernetes.io/tls", {
      "ca.crt": pulumi.all(authorities).apply((texts) => texts.join("\n")),
      "tls.crt": secretText(source, `${role}.crt`),
      "tls.key": secretText(source, `${role}.key`),
    });
  return [
    derive(GATEWAY_TLS, data.restrictedNamespace, "server"),
    derive(NODE_COLLECTOR_TLS, data.privilegedNamespace, "client"),
    ...(data.lineReaders ? [derive(LINE_READER_TLS, data.restrictedNamespace, "client")] : []),
  ];
}

/** The Secret that both sides' Secrets are derived from and that no pod mounts; `generation` names it. */
function makeCertificates(
  data: PipelineData,
  generation: number,
  { feature, parent }: ResourceScope,
): k8s.core.v1.Secret {
  return keptSecret(
    {
      name: `collector-certificates-${generation}`,
      namespace: data.restrictedNamespace,
      component: feature,
      make: () => issue(data),
    },
    { parent },
  );
}

function warnOfEnd(
  notAfter: string,
  { warnBeforeDays, generation }: PipelineData,
  parent: pulumi.Resource,
): void {
  const days = daysUntil(notAfter);
  if (days >= warnBeforeDays) return;
  pulumi.log.warn(
    `the certificates between the collectors end in ${days} days: set features[].config.certificates.generation of otel_pipeline to ${generation + 1} and run \`pulumi up\``,
    parent,
  );
}

function makeApiKeySecret(
  { apiKeySecret: { name, key }, restrictedNamespace }: PipelineData,
  apiKey: pulumi.Output<string>,
  scope: ResourceScope,
): pulumi.Resource {
  return makeSecret(scope, name, restrictedNamespace, "Opaque", { [key]: apiKey });
}

function makeSecret(
  { feature, parent }: ResourceScope,
  name: string,
  namespace: string,
  type: string,
  stringData: Record<string, pulumi.Output<string>>,
): pulumi.Resource {
  return new k8s.core.v1.Secret(
    `secret/${namespace}/${name}`,
    {
      metadata: { name, namespace, labels: standardLabels(name, feature) },
      type,
      stringData: pulumi.secret(stringData),
    },
    { parent },
  );
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
async function issue(data: PipelineData): Promise<Record<string, string>> {
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
