import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../tools/dev/cluster/wait";

interface Live {
  metadata: { name: string; uid: string };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const namespace = "/api/v1/namespaces/default";
const apps = "/apis/apps/v1/namespaces/default";
const batch = "/apis/batch/v1/namespaces/default";
const image = "registry.invalid/none:1.0";

describe("embedded cluster: workloads on the simulated nodes", function () {
  this.timeout(180_000);
  const directory = mkdtempSync(join(tmpdir(), "checkout-w-"));
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: "workloads", directory, ephemeral: true });
    api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  });

  after(async () => {
    api?.close();
    await cluster?.stop();
    rmSync(checkoutFolder(directory), { recursive: true, force: true });
    rmSync(directory, { recursive: true });
  });

  it("has two nodes of 4 vCPU and 8 GiB that stay ready", async () => {
    const { items } = await api.get<{ items: Live[] }>("/api/v1/nodes");
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ["node-1", "node-2"],
    );
    for (const { status } of items)
      assert.deepEqual(pick(status?.allocatable, "cpu", "memory"), { cpu: "4", memory: "8Gi" });
    const lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1";
    const renewal = async () => (await api.get<Live>(lease)).spec.renewTime;
    const first = await waitUntil("the node's first lease", renewal);
    await waitUntil("the lease to be renewed", async () => (await renewal()) !== first);
  });

  it("makes a DaemonSet ready on both nodes", async () => {
    await api.create(`${apps}/daemonsets`, {
      metadata: { name: "agent" },
      spec: { selector: { matchLabels: { app: "agent" } }, template: podTemplate("agent") },
    });
    await waitUntil(
      "numberReady 2",
      async () => (await api.get<Live>(`${apps}/daemonsets/agent`)).status?.numberReady === 2,
    );
  });

  it("rolls a Deployment with an init container, a sidecar and a readiness gate", async () => {
    const template = podTemplate("web");
    const spec = {
      ...template.spec,
      initContainers: [
        { name: "setup", image },
        { name: "sidecar", image, restartPolicy: "Always" },
      ],
      readinessGates: [{ conditionType: "security-stack/gate" }],
    };
    await api.create(`${apps}/deployments`, {
      metadata: { name: "web" },
      spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: { ...template, spec } },
    });
    await waitUntil(
      "3 available",
      async () => (await api.get<Live>(`${apps}/deployments/web`)).status?.availableReplicas === 3,
    );
    await api.patch(`${apps}/deployments/web`, {
      spec: { template: { metadata: { annotations: { changed: "yes" } } } },
    });
    await waitUntil("the new pods only", async () => {
      const { status } = await api.get<Live>(`${apps}/deployments/web`);
      return (
        status?.observedGeneration === 2 &&
        status.updatedReplicas === 3 &&
        status.replicas === 3 &&
        status.availableReplicas === 3
      );
    });
  });

  it("gives a StatefulSet its volume and takes it back with the claim", async () => {
    const template = podTemplate("queue");
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } },
    };
    await api.create(`${apps}/statefulsets`, {
      metadata: { name: "queue" },
      spec: {
        serviceName: "queue",
        selector: { matchLabels: { app: "queue" } },
        template: {
          ...template,
          spec: {
            containers: [{ name: "main", image, volumeMounts: [{ name: "data", mountPath: "/data" }] }],
          },
        },
        volumeClaimTemplates: [claim],
      },
    });
    await waitUntil(
      "1 ready replica",
      async () => (await api.get<Live>(`${apps}/statefulsets/queue`)).status?.readyReplicas === 1,
    );
    const bound = await api.get<Live>(`${namespace}/persistentvolumeclaims/data-queue-0`);
    assert.equal(bound.status?.phase, "Bound");
    assert.equal(bound.spec.storageClassName, "standard");

    await api.delete(`${apps}/statefulsets/queue`);
    await api.delete(`${namespace}/persistentvolumeclaims/data-queue-0`);
    await waitUntil("the volume to be gone", async () => {
      const { items } = await api.get<{ items: Live[] }>("/api/v1/persistentvolumes");
      return items.length === 0;
    });
  });

  it("completes a Job", async () => {
    const job = { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } } };
    await api.create(`${batch}/jobs`, { metadata: { name: "once" }, spec: job });
    await waitUntil(
      "the Job to complete",
      async () => (await api.get<Live>(`${batch}/jobs/once`)).status?.succeeded === 1,
    );
    const { items } = await api.get<{ items: Live[] }>(`${namespace}/pods?labelSelector=job-name%3Donce`);
    assert.equal(items[0]?.status?.phase, "Succeeded");
  });

  it("removes the pods of what is deleted", async () => {
    for (const path of [`${apps}/daemonsets/agent`, `${apps}/deployments/web`, `${batch}/jobs/once`]) {
      await api.delete(`${path}?propagationPolicy=Foreground`);
    }
    await waitUntil(
      "no pod to be left",
      async () => (await api.get<{ items: Live[] }>(`${namespace}/pods`)).items.length === 0,
    );
  });

  it("refuses a privileged pod in a restricted namespace", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await api.create("/api/v1/namespaces", { metadata: { name: "restricted", labels } });
    const privileged = { containers: [{ name: "main", image, securityContext: { privileged: true } }] };
    const create = api.create("/api/v1/namespaces/restricted/pods", {
      metadata: { name: "bad" },
      spec: privileged,
    });
    await assert.rejects(
      create,
      (error: ApiError) => error.status === 403 && /violates PodSecurity "restricted/.test(error.message),
    );
  });

  it("issues service account tokens that RBAC holds to their rights", async () => {
    await api.create(`${namespace}/serviceaccounts`, { metadata: { name: "reader" } });
    await api.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
      metadata: { name: "node-reader" },
      rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }],
    });
    await api.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "node-reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "node-reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "default" }],
    });
    const request = { spec: { expirationSeconds: 600 } };
    const { status } = await api.create<{ status: { token: string } }>(
      `${namespace}/serviceaccounts/reader/token`,
      request,
    );
    const { url, ca } = targetOfKubeconfig(cluster.kubeconfigPath);
    const reader = new KubeApi({
      url,
      ca,
      headers: { authorization: `Bearer ${status.token}` },
    });
    await waitUntil(
      "the right to take effect",
      async () => (await reader.get<{ items: Live[] }>("/api/v1/nodes")).items.length === 2,
    );
    await assert.rejects(reader.get("/api/v1/pods"), (error: ApiError) => error.status === 403);
    reader.close();

    const anonymous = new KubeApi({ url, ca });
    await assert.rejects(anonymous.get("/api/v1/nodes"), (error: ApiError) => error.status === 403);
    anonymous.close();
  });
});

function podTemplate(app: string) {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: "main", image }] } };
}

function pick(value: unknown, ...keys: string[]): Record<string, unknown> {
  const record = value as Record<string, unknown>;
  return Object.fromEntries(keys.map((key) => [key, record[key]]));
}
