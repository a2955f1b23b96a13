import type { Request } from "../../components/node-program/http-client";

export const NAMESPACE = "evasions";
export const CORE = `/api/v1/namespaces/${NAMESPACE}`;
export const APPS = `/apis/apps/v1/namespaces/${NAMESPACE}`;
export const RBAC = "/apis/rbac.authorization.k8s.io/v1";
export const JSON_PATCH = "application/json-patch+json";

/** A request that does what a rule is about in other words than most do. */
export interface Evasion {
  what: string;
  rule: string;
  /** Of the object, by which its documents are found. */
  name: string;
  run(send: Send): Promise<unknown>;
}

/** @throws where the API server refuses it. A PATCH is a merge patch, unless it says another. */
export type Send = (method: Request["method"], path: string, body?: unknown, type?: string) => Promise<void>;

export const SPEC = "/spec/template/spec";
export const FIRST = `${SPEC}/containers/0`;

export const deployment = (name: string, container: object = {}) => ({
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "c", image: "registry.invalid/c:1", ...container }] },
    },
  },
});

/** A harmless Deployment, which a patch makes another. */
export const patchedDeployment = (what: string, rule: string, name: string, patch: object[]): Evasion => ({
  what,
  rule,
  name,
  async run(send) {
    await send("POST", `${APPS}/deployments`, deployment(name, { securityContext: { runAsNonRoot: true } }));
    await send("PATCH", `${APPS}/deployments/${name}`, patch, JSON_PATCH);
  },
});
