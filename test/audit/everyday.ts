import { type ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import type { AuditWorld } from "./world";

export const EVERYDAY = "everyday";
/** The account with which CI deploys. */
export const CI = `system:serviceaccount:${EVERYDAY}:ci`;

const CORE = `/api/v1/namespaces/${EVERYDAY}`;
const APPS = `/apis/apps/v1/namespaces/${EVERYDAY}`;
const RBAC = `/apis/rbac.authorization.k8s.io/v1/namespaces/${EVERYDAY}`;
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${EVERYDAY}/leases`;

const pod = (extra: object = {}) => ({
  containers: [{ name: "web", image: "registry.example.com/web:1", ...extra }],
});
const template = (app: string, extra?: object) => ({ metadata: { labels: { app } }, spec: pod(extra) });
const workload = (kind: string, name: string, spec: object = {}) => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});
const withName = (name: string, rest: object = {}) => ({ metadata: { name }, ...rest });

/** What people and programs do on an ordinary day: by a person's certificate, or by the token of CI. */
interface Workload {
  what: string;
  by: "person" | "ci";
  run(api: KubeApi): Promise<unknown>;
}

/** Answers that are part of the day, such as metrics that nobody serves. */
const orNot = (call: Promise<unknown>) => call.catch((error: ApiError) => error);

export const WORKLOADS: readonly Workload[] = [
  {
    what: "kubectl get, of this and that",
    by: "person",
    run: (api) =>
      Promise.all([
        ...["pods", "services", "configmaps", "events"].map((kind) => api.get(`${CORE}/${kind}`)),
        ...["deployments", "replicasets"].map((kind) => api.get(`${APPS}/${kind}`)),
      ]),
  },
  {
    what: "kubectl create configmap and secret, and one secret read",
    by: "person",
    async run(api) {
      await api.create(`${CORE}/configmaps`, withName("settings", { data: { a: "b" } }));
      await api.create(`${CORE}/secrets`, withName("login", { stringData: { a: "b" } }));
      await api.get(`${CORE}/secrets/login`);
    },
  },
  {
    what: "kubectl apply of a Deployment",
    by: "person",
    run: (api) => api.apply(`${APPS}/deployments/web`, workload("Deployment", "web"), "kubectl"),
  },
  {
    what: "kubectl scale, until the pods are there",
    by: "person",
    async run(api) {
      await api.patch(`${APPS}/deployments/web`, { spec: { replicas: 2 } });
      await waitUntil("the pods", async () => {
        const { status } = await api.get<{ status: { readyReplicas?: number } }>(`${APPS}/deployments/web`);
        return status.readyReplicas === 2;
      });
    },
  },
  {
    what: "kubectl rollout restart",
    by: "person",
    run: (api) =>
      api.patch(`${APPS}/deployments/web`, {
        spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } } },
      }),
  },
  {
    what: "kubectl describe, logs and top of a pod",
    by: "person",
    async run(api) {
      const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(`${CORE}/pods`);
      const name = items[0]?.metadata.name;
      await api.get(`${CORE}/pods/${name}`);
      await orNot(api.get(`/apis/metrics.k8s.io/v1beta1/namespaces/${EVERYDAY}/pods/${name}`));
    },
  },
  {
    what: "a Service and an Ingress",
    by: "person",
    async run(api) {
      const spec = { ports: [{ port: 80 }], selector: { app: "web" } };
      await api.create(`${CORE}/services`, withName("web", { spec }));
      const backend = { service: { name: "web", port: { number: 80 } } };
      await api.create(
        `/apis/networking.k8s.io/v1/namespaces/${EVERYDAY}/ingresses`,
        withName("web", { spec: { defaultBackend: backend } }),
      );
    },
  },
  {
    what: "a HorizontalPodAutoscaler",
    by: "person",
    run: (api) =>
      api.create(
        `/apis/autoscaling/v2/namespaces/${EVERYDAY}/horizontalpodautoscalers`,
        withName("web", {
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            maxReplicas: 3,
            metrics: [
              {
                type: "Resource",
                resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
              },
            ],
          },
        }),
      ),
  },
  {
    what: "a role that reads, and its binding",
    by: "person",
    async run(api) {
      const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }];
      await api.create(`${RBAC}/roles`, withName("reader", { rules }));
      await api.create(
        `${RBAC}/rolebindings`,
        withName("reader", {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
          subjects: [{ kind: "ServiceAccount", name: "default", namespace: EVERYDAY }],
        }),
      );
    },
  },
  {
    what: "kubectl auth can-i, once",
    by: "person",
    run: (api) =>
      api.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        spec: { resourceAttributes: { verb: "get", resource: "pods", namespace: EVERYDAY } },
      }),
  },
  {
    what: "a Job, once",
    by: "person",
    run: (api) =>
      api.create(
        `/apis/batch/v1/namespaces/${EVERYDAY}/jobs`,
        withName("migrate", { spec: { template: { spec: { ...pod(), restartPolicy: "Never" } } } }),
      ),
  },
  {
    what: "a StatefulSet with a volume",
    by: "person",
    run: (api) =>
      api.create(
        `${APPS}/statefulsets`,
        workload("StatefulSet", "db", {
          serviceName: "db",
          volumeClaimTemplates: [
            withName("data", {
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            }),
          ],
        }),
      ),
  },
  {
    what: "a pod that is replaced",
    by: "person",
    async run(api) {
      const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(`${CORE}/pods`);
      await api.delete(`${CORE}/pods/${items[0]?.metadata.name}`);
    },
  },
  {
    what: "CI asks what is there, and whether it may",
    by: "ci",
    async run(api) {
      await api.get(CORE);
      await api.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        spec: { resourceAttributes: { verb: "create", resource: "deployments", namespace: EVERYDAY } },
      });
    },
  },
  {
    what: "CI applies a Deployment, a ServiceAccount, a Service",
    by: "ci",
    async run(api) {
      await api.apply(`${APPS}/deployments/api`, workload("Deployment", "api"), "ci");
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "api" } };
      await api.apply(`${CORE}/serviceaccounts/api`, account, "ci");
      const service = { apiVersion: "v1", kind: "Service", metadata: { name: "api" } };
      await api.apply(`${CORE}/services/api`, { ...service, spec: { ports: [{ port: 80 }] } }, "ci");
    },
  },
  {
    what: "helm upgrade --install: its releases listed, written and kept",
    by: "ci",
    async run(api) {
      await api.get(`${CORE}/secrets?labelSelector=name%3Dweb%2Cowner%3Dhelm`);
      await api.create(
        `${CORE}/secrets`,
        withName("sh.helm.release.v1.web.v1", { type: "helm.sh/release.v1", stringData: { release: "x" } }),
      );
      await api.create(`${CORE}/configmaps`, withName("helm-web"));
      await api.create(`${APPS}/deployments`, workload("Deployment", "helm-web"));
    },
  },
  {
    what: "leader election",
    by: "ci",
    async run(api) {
      const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "leader" } };
      const spec = (i: number) => ({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: i });
      await api.create(LEASES, { ...lease, spec: spec(0) });
      for (let i = 1; i < 10; i += 1) await api.patch(`${LEASES}/leader`, { spec: spec(i) });
    },
  },
  {
    what: "a controller's status and finalizers",
    by: "ci",
    async run(api) {
      await api.patch(`${APPS}/deployments/api`, { metadata: { annotations: { "example.com/seen": "1" } } });
      await api.get(`${APPS}/deployments/api/status`);
    },
  },
  {
    what: "GitOps compares what is there with what should be",
    by: "ci",
    run: (api) =>
      Promise.all(
        ["pods", "services", "configmaps", "serviceaccounts"].flatMap((kind) => [
          api.get(`${CORE}/${kind}?limit=500`),
          api.get(`${CORE}/${kind}?labelSelector=app`),
        ]),
      ),
  },
  {
    what: "what is not needed any more is deleted",
    by: "ci",
    async run(api) {
      await api.delete(`${APPS}/deployments/helm-web`);
      await api.delete(`${CORE}/configmaps/helm-web`);
    },
  },
];

/** The whole day, one after the other. CI's account and its rights are made before it. */
export async function spendADay({ api, target }: AuditWorld): Promise<void> {
  await api.create("/api/v1/namespaces", withName(EVERYDAY));
  await api.create(`${CORE}/serviceaccounts`, withName("ci"));
  await api.create(`${RBAC}/rolebindings`, {
    ...withName("ci"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "ServiceAccount", name: "ci", namespace: EVERYDAY }],
  });
  const { status } = await api.create<{ status: { token: string } }>(`${CORE}/serviceaccounts/ci/token`, {
    spec: {},
  });
  const { url, ca } = target;
  const ci = new KubeApi({
    url,
    ...(ca ? { ca } : {}),
    headers: { authorization: `Bearer ${status.token}` },
  });
  await waitUntil("the rights of CI", () =>
    ci.get(`${CORE}/pods`).then(
      () => true,
      () => false,
    ),
  );
  for (const { by, run } of WORKLOADS) await run(by === "ci" ? ci : api);
  await ci.close();
}
