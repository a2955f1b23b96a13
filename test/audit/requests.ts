import assert from "node:assert/strict";
import { stringify } from "yaml";
import { HttpClient, type Target } from "../../components/node-program/http-client";
import { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";

/** What a person or CI does on an ordinary day. */
export async function deploy(api: KubeApi): Promise<void> {
  const namespace = "/api/v1/namespaces/everyday";
  await api.create("/api/v1/namespaces", { metadata: { name: "everyday" } });
  await api.create(`${namespace}/configmaps`, { metadata: { name: "settings" }, data: { a: "b" } });
  await api.create(`${namespace}/secrets`, { metadata: { name: "login" }, stringData: { a: "b" } });
  await api.get(`${namespace}/secrets/login`);
  await api.create(`${namespace}/serviceaccounts`, { metadata: { name: "web" } });
  await api.create(`${namespace}/services`, {
    metadata: { name: "web" },
    spec: { ports: [{ port: 80 }], selector: { app: "web" } },
  });
  const spec = { containers: [{ name: "web", image: "example.com/web:1" }], serviceAccountName: "web" };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec },
    },
  };
  const deployments = "/apis/apps/v1/namespaces/everyday/deployments";
  await api.apply(`${deployments}/web`, deployment, "ci");
  await api.patch(`${deployments}/web`, { spec: { replicas: 3 } });
  await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/everyday/roles", {
    metadata: { name: "web" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }],
  });
  await api.get(`${namespace}/pods`);
  await waitUntil("the pods of the deployment", async () => {
    const { status } = await api.get<{ status: { readyReplicas?: number } }>(`${deployments}/web`);
    return status.readyReplicas === 3;
  });
  await api.delete(`${deployments}/web`);
}

/** As another user, with a token that does not hold, and with none. */
export async function byOthers(api: KubeApi, target: Target): Promise<void> {
  const { url, ca } = target;
  const alice = new KubeApi({ ...target, headers: { "impersonate-user": "alice" } });
  const guesser = new KubeApi({ url, ...(ca ? { ca } : {}), headers: { authorization: "Bearer guessed" } });
  const nobody = new KubeApi({ url, ...(ca ? { ca } : {}) });
  const refused = (call: Promise<unknown>) => assert.rejects(call);
  await api.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "audit-anonymous" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:anonymous" }],
  });
  await waitUntil("the binding", () =>
    nobody.get("/api/v1/pods").then(
      () => true,
      () => false,
    ),
  );
  for (let i = 0; i < 60; i += 1) await refused(alice.get("/api/v1/pods"));
  for (let i = 0; i < 30; i += 1) await refused(alice.get(`/api/v1/namespaces/default/secrets/s${i}`));
  for (let i = 0; i < 20; i += 1) await refused(guesser.get("/api/v1/pods"));
  for (let i = 0; i < 20; i += 1)
    await alice.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      spec: { resourceAttributes: { verb: "delete", resource: "nodes" } },
    });
  const approval = "/apis/certificates.k8s.io/v1/certificatesigningrequests/audit/approval";
  await refused(
    api.replace(approval, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "audit" },
    }),
  );
  await Promise.all([alice, guesser, nobody].map((one) => one.close()));
}

/** A server-side apply in YAML, as JSON is not the only form that the API server takes. */
export async function applyYaml(target: Target): Promise<void> {
  const client = new HttpClient(target, { timeoutMs: 10_000 });
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "audit-yaml" },
    roleRef: role,
  };
  const { status } = await client.request({
    method: "PATCH",
    path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/audit-yaml?fieldManager=attacker",
    headers: { "content-type": "application/apply-patch+yaml" },
    body: stringify(binding),
  });
  assert.equal(status, 201);
  await client.close();
}
