import { randomBytes } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { ExtraResources, ResourceScope } from "../core/contract/resources";
import { keptSecret } from "../kubernetes/kept-secret";
import { issueKeptTls, tlsFiles } from "../kubernetes/kept-tls";
import { CERTIFICATES } from "./response-names";

/** Plain data that the webhook's certificates and token are made from. */
export interface WebhookSecretData {
  secret: string;
  namespace: string;
  dnsNames: string[];
}

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
  const made = await issueKeptTls({
    authority: "security-stack response",
    server: { name: "responder", dnsNames },
    client: { name: "alertmanager", dnsNames: ["alertmanager"] },
  });
  return { ...tlsFiles(made), [CERTIFICATES.token]: randomBytes(32).toString("base64url") };
}
