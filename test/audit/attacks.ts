import type { KubeApi } from "../../tools/dev/cluster/api";

/** A harmless attack on an API server, and what has to be found of it. */
export interface ApiAttack {
  rule: string;
  severity: number;
  technique: string;
  /** Of the object that was attacked. */
  object?: string;
  attack(api: KubeApi): Promise<unknown>;
}

export const SECRET = "hunter2-canary";
export const NS = "audit-attacks";
const CORE = `/api/v1/namespaces/${NS}`;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const APPS = `/apis/apps/v1/namespaces/${NS}`;
const HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/** Refused by the API server or not: the attempt is what counts, and pods of simulated nodes take no commands. */
const attempt = (call: Promise<unknown>) => call.catch(() => undefined);
const pod = (name: string, spec: object = {}, container: object = {}) => ({
  metadata: { name },
  spec: { ...spec, containers: [{ name: "c", image: "example.com/c:1", ...container }] },
});
const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { ...pod(name).spec, restartPolicy: "OnFailure" },
});
const role = (name: string, verbs: string[]) => ({
  metadata: { name },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
});

export const ATTACKS: readonly ApiAttack[] = [
  {
    rule: "pod-by-person",
    severity: 2,
    technique: "T1610",
    object: "plain",
    attack: (api) =>
      api.create(
        `${CORE}/pods`,
        pod("plain", {}, { env: [{ name: "PASSWORD", value: SECRET }], command: ["sh", "-c", SECRET] }),
      ),
  },
  {
    rule: "privileged-workload",
    severity: 4,
    technique: "T1611",
    object: "privileged",
    attack: (api) =>
      api.create(`${CORE}/pods`, pod("privileged", {}, { securityContext: { privileged: true } })),
  },
  {
    rule: "host-path-workload",
    severity: 4,
    technique: "T1611",
    object: "host-path",
    attack: (api) =>
      api.create(`${CORE}/pods`, pod("host-path", { volumes: [{ name: "host", hostPath: { path: "/" } }] })),
  },
  {
    rule: "exec",
    severity: 3,
    technique: "T1609",
    object: "plain",
    attack: (api) => attempt(api.create(`${CORE}/pods/plain/exec?command=id&container=c&stdout=true`, {})),
  },
  {
    rule: "attach",
    severity: 3,
    technique: "T1609",
    object: "plain",
    attack: (api) => attempt(api.create(`${CORE}/pods/plain/attach?container=c&stdout=true`, {})),
  },
  {
    rule: "port-forward",
    severity: 3,
    technique: "T1572",
    object: "plain",
    attack: (api) => attempt(api.create(`${CORE}/pods/plain/portforward?ports=80`, {})),
  },
  {
    rule: "ephemeral-container",
    severity: 4,
    technique: "T1609",
    object: "plain",
    attack: (api) =>
      api.patch(`${CORE}/pods/plain/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "debug", image: "example.com/debug:1" }] },
      }),
  },
  {
    rule: "node-proxy",
    severity: 4,
    technique: "T1613",
    attack: (api) => attempt(api.get("/api/v1/nodes/security-stack-1/proxy/pods")),
  },
  {
    rule: "service-account-token",
    severity: 3,
    technique: "T1528",
    object: "default",
    attack: (api) => api.create(`${CORE}/serviceaccounts/default/token`, { spec: {} }),
  },
  {
    rule: "secrets-listed",
    severity: 3,
    technique: "T1552.007",
    attack: (api) => api.get("/api/v1/secrets"),
  },
  {
    rule: "wildcard-role",
    severity: 4,
    technique: "T1098.006",
    object: "audit-all",
    attack: (api) => api.create(`${RBAC}/clusterroles`, role("audit-all", ["*"])),
  },
  {
    rule: "role-escalation",
    severity: 4,
    technique: "T1098.006",
    object: "audit-escalate",
    attack: (api) => api.create(`${RBAC}/clusterroles`, role("audit-escalate", ["escalate"])),
  },
  {
    rule: "cluster-admin-binding",
    severity: 5,
    technique: "T1098.006",
    object: "audit-admin",
    attack: (api) =>
      api.create(`${RBAC}/namespaces/${NS}/rolebindings`, {
        metadata: { name: "audit-admin" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ kind: "ServiceAccount", name: "default", namespace: NS }],
      }),
  },
  {
    rule: "new-service-account",
    severity: 2,
    technique: "T1136",
    object: "backdoor",
    attack: (api) => api.create(`${CORE}/serviceaccounts`, { metadata: { name: "backdoor" } }),
  },
  {
    rule: "cloud-identity",
    severity: 3,
    technique: "T1078.004",
    object: "backdoor",
    attack: (api) =>
      api.patch(`${CORE}/serviceaccounts/backdoor`, {
        metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::000000000000:role/x" } },
      }),
  },
  {
    rule: "cronjob-by-person",
    severity: 3,
    technique: "T1053.007",
    object: "again",
    attack: (api) =>
      api.create(`/apis/batch/v1/namespaces/${NS}/cronjobs`, {
        metadata: { name: "again" },
        spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: template("again") } } },
      }),
  },
  {
    rule: "daemonset-by-person",
    severity: 3,
    technique: "T1543.005",
    object: "everywhere",
    attack: (api) =>
      api.apply(
        `${APPS}/daemonsets/everywhere`,
        {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          metadata: { name: "everywhere" },
          spec: {
            selector: { matchLabels: { app: "everywhere" } },
            template: {
              ...template("everywhere"),
              spec: pod("everywhere", {}, { env: [{ name: "PASSWORD", value: SECRET }] }).spec,
            },
          },
        },
        "attacker",
      ),
  },
  {
    rule: "daemonset-deleted",
    severity: 3,
    technique: "T1685",
    object: "everywhere",
    attack: (api) => api.delete(`${APPS}/daemonsets/everywhere`),
  },
  {
    rule: "permissions-listed",
    severity: 2,
    technique: "T1069",
    attack: (api) =>
      api.create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: NS } }),
  },
  {
    rule: "admission-changed",
    severity: 4,
    technique: "T1685",
    object: "audit-hook",
    attack: async (api) => {
      await api.create(HOOKS, { metadata: { name: "audit-hook" }, webhooks: [] });
      await api.delete(`${HOOKS}/audit-hook`);
    },
  },
  { rule: "events-deleted", severity: 4, technique: "T1070", attack: (api) => api.delete(`${CORE}/events`) },
  {
    rule: "volume-deleted",
    severity: 3,
    technique: "T1485",
    attack: (api) => api.delete(`${CORE}/persistentvolumeclaims`),
  },
  {
    rule: "backup-deleted",
    severity: 4,
    technique: "T1490",
    attack: (api) =>
      attempt(api.delete(`/apis/snapshot.storage.k8s.io/v1/namespaces/${NS}/volumesnapshots/nightly`)),
  },
  {
    rule: "namespace-deleted",
    severity: 3,
    technique: "T1485",
    object: NS,
    attack: (api) => api.delete(`/api/v1/namespaces/${NS}`),
  },
];
