import type * as pulumi from "@pulumi/pulumi";
import type { ExtraResources, ResourceScope } from "../core/contract/resources";
import { keptSecret } from "../kubernetes/kept-secret";
import { issueKeptTls, tlsFiles } from "../kubernetes/kept-tls";

/** Plain data that the certificates between notifier and Alertmanager are made from. */
export interface CertificateData {
  secret: string;
  namespace: string;
  /** Names of the server. */
  dnsNames: string[];
}

/** The Secret with the certificates, which no plan can hold. */
export function makeCertificates(data: CertificateData, { feature, parent }: ResourceScope): ExtraResources {
  const secret: pulumi.Resource = keptSecret(
    { name: data.secret, namespace: data.namespace, component: feature, make: () => issue(data) },
    { parent },
  );
  return { secrets: [secret] };
}

export async function issue({
  dnsNames,
}: Pick<CertificateData, "dnsNames">): Promise<Record<string, string>> {
  const made = await issueKeptTls({
    authority: "security-stack notifications",
    server: { name: "alertmanager", dnsNames },
    client: { name: "notifier", dnsNames: ["notifier"] },
  });
  return tlsFiles(made);
}
