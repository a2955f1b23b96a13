import { HttpClient } from "../../components/node-program/http-client";
import type { AuditWorld } from "./world";

/** What must not be in any document. */
export const SECRET = "correct-horse-battery-staple";
/** A Deployment whose description is longer than an event may be. */
export const LONG = "long-description";

const CORE = "/api/v1/namespaces/default";
const APPS = "/apis/apps/v1/namespaces/default";
const KEPT = "kubectl.kubernetes.io/last-applied-configuration";

/** Secrets in all places where requests have them. */
export async function makeSecrets({ api }: AuditWorld): Promise<void> {
  await api.create(`${CORE}/secrets`, {
    metadata: { name: "s", annotations: { [KEPT]: SECRET } },
    stringData: { password: SECRET },
  });
  const own = deployment("with-secrets", SECRET);
  const description = { ...own, metadata: { ...own.metadata, annotations: { [KEPT]: SECRET } } };
  await api.create(`${APPS}/deployments`, description);
  const patch = { spec: { template: { spec: { containers: [{ ...container(SECRET), name: "second" }] } } } };
  await api.patch(`${APPS}/deployments/with-secrets`, patch);
}

/** About a megabyte, in an environment variable. */
export async function makeLongRequest({ api }: AuditWorld): Promise<void> {
  await api.create(`${APPS}/deployments`, deployment(LONG, SECRET + "x".repeat(1_000_000)));
}

/** Two requests with one Audit-ID: whoever took it for unique would drop the second as a copy of the first. */
export async function hideBehindAnEarlierRequest({ target }: AuditWorld): Promise<void> {
  const client = new HttpClient(target, { timeoutMs: 10_000 });
  const headers = { "audit-id": "hidden", "content-type": "application/json" };
  const body = JSON.stringify({ metadata: { name: "hidden" } });
  await client.request({ method: "POST", path: `${CORE}/configmaps`, headers, body });
  await client.request({ method: "DELETE", path: `${CORE}/configmaps/hidden`, headers });
  await client.close();
}

function deployment(name: string, secret: string) {
  return {
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container(secret)] } },
    },
  };
}

function container(secret: string) {
  return {
    name: "main",
    image: "registry.invalid/main:1",
    command: ["sh", "-c", `login ${secret.slice(0, 100)}`],
    args: [secret.slice(0, 100)],
    env: [{ name: "PASSWORD", value: secret }],
  };
}
