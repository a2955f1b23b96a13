import type { Namespaces } from "../core/contract/namespaces";

export const ALERTMANAGER = "alertmanager";
export const NOTIFIER = "notifier";

export const ALERTMANAGER_PORT = 9093;
export const HEALTH_PORT = 8080;

/** Folders in the containers. */
export const CONFIG_FOLDER = "/etc/alertmanager";
export const SECRETS_FOLDER = "/etc/alertmanager-secrets";
export const TLS_FOLDER = "/etc/alertmanager-tls";
export const STATE_FOLDER = "/alertmanager";

/** Label by which a test message finds its receiver: its value is the receiver's name. */
export const TEST_LABEL = "security_stack_test";

/** The label that selects a workload's pods. */
export function selectorOf(name: string): Record<string, string> {
  return { "app.kubernetes.io/name": name };
}

/** Host name of Alertmanager's headless Service. */
export function alertmanagerHost({ restricted }: Pick<Namespaces, "restricted">): string {
  return `${ALERTMANAGER}.${restricted}.svc`;
}

/** Names that its certificate is made for; localhost for the probe in its pod and for a port-forward. */
export function alertmanagerNames(namespaces: Namespaces): string[] {
  const host = alertmanagerHost(namespaces);
  return [host, `${ALERTMANAGER}.${namespaces.restricted}`, `${host}.cluster.local`, "localhost"];
}

/** Secret with the certificates between the two. */
export function certificatesSecret(generation: number): string {
  return `alertmanager-certificates-${generation}`;
}
