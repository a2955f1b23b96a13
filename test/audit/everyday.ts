import type { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { WORKLOADS } from "./everyday-programs";
import { EVERYDAY } from "./everyday-work";
import { type Admin, accountToken, podToken, withToken } from "./tokens";

/** Where the accounts are of those who work. */
const ACCOUNTS = "everyday-accounts";
/** Of CI, and of an operator. */
export const WORKERS = ["ci", "operator"].map((name) => `system:serviceaccount:${ACCOUNTS}:${name}`);

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";

/** Makes the accounts, their tokens and rights: what only a cluster's administrator does, and not every day. */
export async function prepareTheDay(world: Admin): Promise<Record<"person" | "ci" | "operator", KubeApi>> {
  const { api } = world;
  for (const name of [EVERYDAY, ACCOUNTS]) await api.create("/api/v1/namespaces", { metadata: { name } });
  for (const name of ["ci", "operator"])
    await api.create(`/api/v1/namespaces/${ACCOUNTS}/serviceaccounts`, { metadata: { name } });
  const give = (role: string, account: string, path: string) =>
    api.create(path, {
      metadata: { name: `everyday-${account}-${role}` },
      roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: ACCOUNTS }],
    });
  const inNamespace = `${RBAC}/namespaces/${EVERYDAY}/rolebindings`;
  await give("edit", "ci", inNamespace);
  await give("edit", "operator", inNamespace);
  await api.create(`${RBAC}/clusterroles`, {
    metadata: { name: "reads-all" },
    rules: [
      { apiGroups: ["", "apps"], resources: READ, verbs: ["get", "list", "watch"] },
      {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        verbs: ["create", "get", "update", "patch"],
      },
    ],
  });
  for (const account of ["ci", "operator"]) await give("reads-all", account, `${RBAC}/clusterrolebindings`);
  const apis = {
    person: api,
    ci: withToken(world, await accountToken(world, ACCOUNTS, "ci")),
    operator: withToken(world, await podToken(world, ACCOUNTS, "operator")),
  };
  for (const one of [apis.ci, apis.operator])
    await waitUntil("the rights of an account", async () => {
      await Promise.all([`/api/v1/namespaces/${EVERYDAY}/pods`, "/api/v1/pods"].map((path) => one.get(path)));
      return true;
    });
  return apis;
}

const READ = ["secrets", "configmaps", "services", "pods", "serviceaccounts", "statefulsets"];

/** The whole day, one after the other. */
export async function spendADay(apis: Awaited<ReturnType<typeof prepareTheDay>>): Promise<void> {
  for (const { by, run } of WORKLOADS) await run(apis[by]);
  await Promise.all([apis.ci.close(), apis.operator.close()]);
}
