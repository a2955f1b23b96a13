import { ESCAPE_NAMESPACE, NAMESPACE, RUN_LABEL } from "./names";

/** Paths and objects of the attacks on the Kubernetes API. Nothing of what is made ever runs a program. */
export const CORE = `/api/v1/namespaces/${NAMESPACE}`;
export const APPS = `/apis/apps/v1/namespaces/${NAMESPACE}`;
export const BATCH = `/apis/batch/v1/namespaces/${NAMESPACE}`;
export const RBAC = "/apis/rbac.authorization.k8s.io/v1";
export const OWN_RBAC = `${RBAC}/namespaces/${NAMESPACE}`;
export const ESCAPE_APPS = `/apis/apps/v1/namespaces/${ESCAPE_NAMESPACE}`;

/** By which what a killed run left is found. */
export const LABELS = { [RUN_LABEL]: "request" };

/** Of a name that resolves nowhere (RFC 2606). */
const IMAGE = "registry.invalid/ctem:1";
/** No node has it. */
const NOWHERE = { "security-stack/nowhere": "true" };

/** Name and labels of an object. */
export function named(name: string): { name: string; labels: Record<string, string> } {
  return { name, labels: LABELS };
}

/** A pod that Pod Security "restricted" lets through and that no node takes. */
export function podSpec(container: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) {
  return {
    nodeSelector: NOWHERE,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
    ...spec,
    containers: [restricted({ name: "main", ...container })],
  };
}

/** A container within Pod Security "restricted" and the scenarios' quota. */
export function restricted(container: Record<string, unknown>): Record<string, unknown> {
  return {
    image: IMAGE,
    resources: { limits: { cpu: "10m", memory: "16Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    ...container,
  };
}

/** A Deployment without a single pod: what is in its template is all of it. */
export function emptyDeployment(name: string, spec: Record<string, unknown>): Record<string, unknown> {
  return {
    metadata: named(name),
    spec: { replicas: 0, selector: { matchLabels: { ctem: name } }, template: template(name, spec) },
  };
}

export function template(name: string, spec: Record<string, unknown>): Record<string, unknown> {
  return { metadata: { labels: { ctem: name } }, spec };
}

/** A role over pods. */
export function role(name: string, verbs: readonly string[], resources: readonly string[] = ["pods"]) {
  return { metadata: named(name), rules: [{ apiGroups: [""], resources, verbs }] };
}
