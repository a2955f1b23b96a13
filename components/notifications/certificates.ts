import type * as pulumi from "@pulumi/pulumi";
import type { ExtraResources, ResourceScope } from "../core/contract/resources";
import { keptSecret } from "../kubernetes/kept-secret";
import { CERTIFICATES } from "./names";

/** Plain data that the certificates between notifier and Alertmanager are made from. */
export interface CertificateData {
  secret: string;
  namespace: string;
  /** Names of the server. */
  dnsNames: string[];
}

/** Ten years: only two pods of ours use them, and `certificateGeneration` makes new ones. */
const VALIDITY_DAYS = 3650;

/** The Secret with the certificates, which no plan can hold. */
export function makeCertificates(data: CertificateData, { feature, parent }: ResourceScope): ExtraResources {
  const secret: pulumi.Resource = keptSecret(
    { name: data.secret, namespace: data.namespace, component: feature, make: () => issue(data) },
    { parent },
  );
  return { secrets: [secret] };
}

/** Loads a library that takes as long as all of our own code: for an update only. */
export async function issue({
  dnsNames,
}: Pick<CertificateData, "dnsNames">): Promise<Record<string, string>> {
  const { issueMutualTls }: typeof import("../kubernetes/mutual-tls") = require("../kubernetes/mutual-tls");
  const made = await issueMutualTls({
    authority: "security-stack notifications",
    server: { name: "alertmanager", dnsNames },
    client: { name: "notifier", dnsNames: ["notifier"] },
    validityDays: VALIDITY_DAYS,
  });
  return {
    [CERTIFICATES.ca]: made.caCertificate,
    [CERTIFICATES.serverCertificate]: made.serverCertificate,
    [CERTIFICATES.serverKey]: made.serverKey,
    [CERTIFICATES.clientCertificate]: made.clientCertificate,
    [CERTIFICATES.clientKey]: made.clientKey,
  };
}
