import { randomBytes } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { ExtraResources, ResourceScope } from "../core/contract/resources";
import { keptSecret } from "../kubernetes/kept-secret";
import { CERTIFICATES } from "./response-names";

/** Plain data that the webhook's certificates and token are made from. */
export interface WebhookSecretData {
  secret: string;
  namespace: string;
  dnsNames: string[];
}

/** Ten years: only two pods of ours use them, and `certificateGeneration` makes new ones. */
const VALIDITY_DAYS = 3650;

/** The Secret of the webhook, which no plan can hold. */
export function makeWebhookSecret(
  data: WebhookSecretData,
  { feature, parent }: ResourceScope,
): ExtraResources {
  const secret: pulumi.Resource = keptSecret(
    { name: data.secret, namespace: data.namespace, component: feature, make: () => issueWebhook(data) },
    { parent },
  );
  return { secrets: [secret] };
}

/** Certificates for both sides, and a token beside: whoever has only one of them gets nothing done. */
export async function issueWebhook({
  dnsNames,
}: Pick<WebhookSecretData, "dnsNames">): Promise<Record<string, string>> {
  // Loaded here: a library that takes as long as all of our own code, for an update only.
  const { issueMutualTls }: typeof import("../kubernetes/mutual-tls") = require("../kubernetes/mutual-tls");
  const made = await issueMutualTls({
    authority: "security-stack response",
    server: { name: "responder", dnsNames },
    client: { name: "alertmanager", dnsNames: ["alertmanager"] },
    validityDays: VALIDITY_DAYS,
  });
  return {
    [CERTIFICATES.ca]: made.caCertificate,
    [CERTIFICATES.serverCertificate]: made.serverCertificate,
    [CERTIFICATES.serverKey]: made.serverKey,
    [CERTIFICATES.clientCertificate]: made.clientCertificate,
    [CERTIFICATES.clientKey]: made.clientKey,
    [CERTIFICATES.token]: randomBytes(32).toString("base64url"),
  };
}
