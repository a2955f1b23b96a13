import type { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { accountToken, podToken, withToken } from "./tokens";
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
  await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings", {
    metadata: { name: "evil-controller" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "ServiceAccount", name: "evil-controller", namespace: "kube-system" }],
  });
  const evil = withToken(world, await accountToken(world, "kube-system", "evil-controller"));
  await waitUntil("its rights", () => evil.get(APPS).then(() => true));
  await make(evil, PRETENDERS.likeName);
  await make(withToken(world, await secretToken(world)), PRETENDERS.secretToken);
  const bound = await podToken(world, "kube-system", "daemon-set-controller");
  await make(withToken(world, bound), PRETENDERS.podToken);
}

/** The token of a controller's account that a Secret asks for. */
async function secretToken({ api }: AuditWorld): Promise<string> {
  await api.create(`${SYSTEM}/secrets`, {
    metadata: {
      name: "stolen",
      annotations: { "kubernetes.io/service-account.name": "daemon-set-controller" },
    },
    type: "kubernetes.io/service-account-token",
  });
  return waitUntil("the token of the Secret", async () => {
    const { data } = await api.get<{ data?: { token?: string } }>(`${SYSTEM}/secrets/stolen`);
    return data?.token === undefined ? undefined : Buffer.from(data.token, "base64").toString();
  });
}

/** What counts is that it was tried: a controller's account may not do everything. */
async function make(api: KubeApi, name: string): Promise<void> {
  await api.create(APPS, privileged(name)).catch(() => undefined);
  await api
    .create(`${SYSTEM}/pods`, { metadata: { name }, spec: privileged(name).spec.template.spec })
    .catch(() => undefined);
  await api.close();
}
