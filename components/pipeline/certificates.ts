import { type Certificates, issueMutualTls } from "../kubernetes/mutual-tls";

export type { Certificates };

export interface CertificatesArgs {
  /** DNS names of the server. */
  serverNames: string[];
  validityDays: number;
}

/** The certificates between the collectors. */
export function issueCertificates({ serverNames, validityDays }: CertificatesArgs): Promise<Certificates> {
  return issueMutualTls({
    authority: "security-stack collectors",
    server: { name: "gateway", dnsNames: serverNames },
    client: { name: "node-collector", dnsNames: ["node-collector"] },
    validityDays,
  });
}
