import { KubeApi } from "../../tools/dev/cluster/api";
import type { AuditWorld } from "./world";

/** A cluster of the tests, as its administrator. */
export type Admin = Pick<AuditWorld, "api" | "target">;

interface Token {
  status: { token: string };
}

/** A token of an account that no pod has. */
export async function accountToken({ api }: Admin, namespace: string, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { status } = await api.create<Token>(path, { spec: {} });
  return status.token;
}

/** A token as a pod of the account finds it in its files. No node takes the pod. */
export async function podToken({ api }: Admin, namespace: string, account: string): Promise<string> {
  const { metadata } = await api.create<{ metadata: { name: string; uid: string } }>(
    `/api/v1/namespaces/${namespace}/pods`,
    { metadata: { name: `with-token-of-${account}` }, spec: { serviceAccountName: account, ...NOWHERE } },
  );
  const { name, uid } = metadata;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { status } = await api.create<Token>(path, {
    spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid } },
  });
  return status.token;
}

/** The API for whoever has the token. */
export function withToken({ target: { url, ca } }: Admin, token: string): KubeApi {
  return new KubeApi({ url, ...(ca ? { ca } : {}), headers: { authorization: `Bearer ${token}` } });
}

const NOWHERE = {
  nodeSelector: { "security-stack/nowhere": "true" },
  containers: [{ name: "c", image: "registry.invalid/c:1" }],
};
