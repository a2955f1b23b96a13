import { APPS, CORE, EVERYDAY, LEASES, PEOPLE, type Workload, withName, workload } from "./everyday-work";

/** By CI and by programs in pods. */
const PROGRAMS: readonly Workload[] = [
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
  {
    what: "an operator starts: it leads, and keeps all secrets and workloads in memory",
    by: "operator",
    async run(api) {
      const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "operator" } };
      await api.create(LEASES, { ...lease, spec: { holderIdentity: "o", leaseDurationSeconds: 15 } });
      for (const kind of ["secrets", "configmaps", "services", "pods"])
        await api.get(`/api/v1/${kind}?limit=500&resourceVersion=0`);
      await api.get("/apis/apps/v1/statefulsets?limit=500&resourceVersion=0");
    },
  },
  {
    what: "an operator makes a StatefulSet with its Secret, and follows it",
    by: "operator",
    async run(api) {
      await api.create(`${CORE}/secrets`, withName("store-users", { stringData: { users: "x" } }));
      await api.create(`${APPS}/statefulsets`, workload("StatefulSet", "store", { serviceName: "store" }));
      for (let i = 0; i < 5; i += 1) await api.get(`${APPS}/statefulsets/store`);
      await api.patch(`${CORE}/secrets/store-users`, { stringData: { users: "y" } });
    },
  },
];

export const WORKLOADS: readonly Workload[] = [...PEOPLE, ...PROGRAMS];
