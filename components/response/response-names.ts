import type { Namespaces } from "../core/contract/namespaces";
import { TLS_FILES } from "../kubernetes/kept-tls";

export const RESPONDER = "responder";
export const SERVICE_PORT = 8443;
export const HEALTH_PORT = 8080;

/** Label by which the responder's pods are found. */
export const SELECTOR: Readonly<Record<string, string>> = { "app.kubernetes.io/name": RESPONDER };

export const TLS_FOLDER = "/etc/responder-tls";

/** File of each part in the Secret. */
export const CERTIFICATES = { ...TLS_FILES, token: "token" } as const;

/** Secret with the certificates and the token of the webhook. */
export function webhookSecret(generation: number): string {
  return `responder-webhook-${generation}`;
}

/** Host name of the responder's Service. */
export function responderHost({ restricted }: Pick<Namespaces, "restricted">): string {
  return `${RESPONDER}.${restricted}.svc`;
}

/** User that the responder is to the API server. */
export function responderUser({ restricted }: Pick<Namespaces, "restricted">): string {
  return `system:serviceaccount:${restricted}:${RESPONDER}`;
}
