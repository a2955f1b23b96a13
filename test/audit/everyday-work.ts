import type { ApiError, KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";

export const EVERYDAY = "everyday";

export const CORE = `/api/v1/namespaces/${EVERYDAY}`;
export const APPS = `/apis/apps/v1/namespaces/${EVERYDAY}`;
const RBAC = `/apis/rbac.authorization.k8s.io/v1/namespaces/${EVERYDAY}`;
export const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${EVERYDAY}/leases`;

export const pod = (extra: object = {}) => ({
  containers: [{ name: "web", image: "registry.example.com/web:1", ...extra }],
});
const template = (app: string, extra?: object) => ({ metadata: { labels: { app } }, spec: pod(extra) });
export const workload = (kind: string, name: string, spec: object = {}) => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});
export const withName = (name: string, rest: object = {}) => ({ metadata: { name }, ...rest });

/**
 * What people and programs do on an ordinary day: by a person's certificate, by the token of CI outside of the cluster, or by
 * that of an operator's pod.
 */
export interface Workload {
  what: string;
  by: "person" | "ci" | "operator";
  run(api: KubeApi): Promise<unknown>;
}

/** Answers that are part of the day, such as metrics that nobody serves. */
const orNot = (call: Promise<unknown>) => call.catch((error: ApiError) => error);

/** By people. */
export const PEOPLE: readonly Workload[] = [
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
];
