import { TLS_FILES } from "../../kubernetes/kept-tls";

export const RECEIVER = "audit-receiver";

/** Of the pods; the Service has another on the nodes. */
export const RECEIVER_PORT = 8443;
export const HEALTH_PORT = 8080;

/** Where the API server posts to. */
export const EVENTS_PATH = "/events";

export const TLS_FOLDER = "/etc/audit-receiver-tls";

/** Keys of the Secret with the certificates; the last is for the API server alone, and no pod mounts it. */
export const CERTIFICATES = {
  ca: TLS_FILES.ca,
  serverCertificate: TLS_FILES.serverCertificate,
  serverKey: TLS_FILES.serverKey,
  kubeconfig: "kubeconfig",
} as const;

/** Begin of the names of its files, by which the node collector's pattern finds them. */
export const FILE_PREFIX = "audit-webhook-";

export function certificatesSecret(generation: number): string {
  return `audit-receiver-certificates-${generation}`;
}
