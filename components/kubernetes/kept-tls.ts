import type { Certificates, MutualTlsArgs } from "./mutual-tls";

/** File of each part in a Secret with the certificates of one connection. */
export const TLS_FILES = {
  ca: "ca.crt",
  serverCertificate: "server.crt",
  serverKey: "server.key",
  clientCertificate: "client.crt",
  clientKey: "client.key",
} as const;

/** Ten years: what only the two ends of a connection use, until the config's `certificateGeneration` makes new ones. */
const VALIDITY_DAYS = 3650;

/** Certificates that are kept. Loads a library that takes as long as all of our own code: for an update only. */
export function issueKeptTls(parties: Omit<MutualTlsArgs, "validityDays">): Promise<Certificates> {
  const { issueMutualTls }: typeof import("./mutual-tls") = require("./mutual-tls");
  return issueMutualTls({ ...parties, validityDays: VALIDITY_DAYS });
}

/** The values of a Secret with all of them, by file. */
export function tlsFiles(made: Certificates): Record<string, string> {
  return {
    [TLS_FILES.ca]: made.caCertificate,
    [TLS_FILES.serverCertificate]: made.serverCertificate,
    [TLS_FILES.serverKey]: made.serverKey,
    [TLS_FILES.clientCertificate]: made.clientCertificate,
    [TLS_FILES.clientKey]: made.clientKey,
  };
}
