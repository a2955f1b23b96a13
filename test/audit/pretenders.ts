import { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { AuditWorld } from "./world";

const SYSTEM = "/api/v1/namespaces/kube-system";
const APPS = "/apis/apps/v1/namespaces/kube-system/daemonsets";

/** Attacks of someone who may make objects in kube-system, and who wants to pass as a part of the control plane. */
export const PRETENDERS = {
  /** An account with a name like a controller's. */
  likeName: "pretender-by-name",
  /** A controller's account by the token of a Secret. */
  secretToken: "pretender-by-secret",
  /** A controller's account by the token of a pod that has it. */
  podToken: "pretender-by-pod",
} as const;

/** A DaemonSet that no node takes, with all rights on its nodes. */
const privileged = (name: string) => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        nodeSelector: { "security-stack/nowhere": "true" },
        containers: [{ name: "c", image: "registry.invalid/c:1", securityContext: { privileged: true } }],
      },
    },
  },
});

export async function pretend(world: AuditWorld): Promise<void> {
  const { api } = world;
  await api.create(`${SYSTEM}/serviceaccounts`, { metadata: { name: "evil-controller" } });
  const evil = await api.create<Token>(`${SYSTEM}/serviceaccounts/evil-controller/token`, { spec: {} });
  await makeAs(world, evil.status.token, PRETENDERS.likeName);

  await api.create(`${SYSTEM}/secrets`, {
    metadata: {
      name: "stolen",
      annotations: { "kubernetes.io/service-account.name": "daemon-set-controller" },
    },
    type: "kubernetes.io/service-account-token",
  });
  let token = "";
  await waitUntil("the token of the Secret", async () => {
    const { data } = await api.get<{ data?: { token?: string } }>(`${SYSTEM}/secrets/stolen`);
    token = Buffer.from(data?.token ?? "", "base64").toString();
    return token !== "";
  });
  await makeAs(world, token, PRETENDERS.secretToken);

  const pod = await api.create<{ metadata: { name: string; uid: string } }>(`${SYSTEM}/pods`, {
    metadata: { name: "pretender" },
    spec: {
      serviceAccountName: "daemon-set-controller",
      nodeSelector: { "security-stack/nowhere": "true" },
      containers: [{ name: "c", image: "registry.invalid/c:1" }],
    },
  });
  const { name, uid } = pod.metadata;
  const bound = await api.create<Token>(`${SYSTEM}/serviceaccounts/daemon-set-controller/token`, {
    spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid } },
  });
  await makeAs(world, bound.status.token, PRETENDERS.podToken);
}

interface Token {
  status: { token: string };
}

/** What counts is that it was tried: a controller's account may not do everything. */
async function makeAs({ target }: AuditWorld, token: string, name: string): Promise<void> {
  const { url, ca } = target;
  const api = new KubeApi({ url, ...(ca ? { ca } : {}), headers: { authorization: `Bearer ${token}` } });
  await api.create(APPS, privileged(name)).catch(() => undefined);
  await api
    .create(`${SYSTEM}/pods`, { metadata: { name }, spec: privileged(name).spec.template.spec })
    .catch(() => undefined);
  await api.close();
}
