import type * as pulumi from "@pulumi/pulumi";
import type { ExtraResources, ResourceScope } from "../../core/contract/resources";
import { keptSecret } from "../../kubernetes/kept-secret";
import { issueKeptTls } from "../../kubernetes/kept-tls";
import type { Certificates } from "../../kubernetes/mutual-tls";
import { CERTIFICATES } from "./webhook-names";

/** Plain data that the certificates between API servers and receiver are made from. */
export interface CertificateData {
  secret: string;
  namespace: string;
  /** Where the API servers reach the receiver, with its path. */
  url: string;
}

/** The Secret with the certificates and the API servers' kubeconfig, which no plan can hold. */
export function makeCertificates(data: CertificateData, { feature, parent }: ResourceScope): ExtraResources {
  const { secret: name, namespace, url } = data;
  const secret: pulumi.Resource = keptSecret(
    { name, namespace, component: feature, make: () => issue(url) },
    { parent },
  );
  return { secrets: [secret] };
}

/** An API server takes a new kubeconfig at its start only. */
export async function issue(url: string): Promise<Record<string, string>> {
  const made = await issueKeptTls({
    authority: "security-stack audit",
    server: { name: "audit-receiver", dnsNames: [new URL(url).hostname.replace(/^\[|\]$/g, "")] },
    client: { name: "kube-apiserver", dnsNames: ["kube-apiserver"] },
  });
  return {
    [CERTIFICATES.ca]: made.caCertificate,
    [CERTIFICATES.serverCertificate]: made.serverCertificate,
    [CERTIFICATES.serverKey]: made.serverKey,
    [CERTIFICATES.kubeconfig]: kubeconfig(url, made),
  };
}

/** For `--audit-webhook-config-file` (kubernetes.io, "Auditing"); JSON is YAML. */
function kubeconfig(server: string, { caCertificate, clientCertificate, clientKey }: Certificates): string {
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  const name = "security-stack-audit";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": encoded(caCertificate) } }],
    users: [
      {
        name,
        user: {
          "client-certificate-data": encoded(clientCertificate),
          "client-key-data": encoded(clientKey),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
