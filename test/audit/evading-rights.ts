import { CORE, type Evasion, JSON_PATCH, RBAC } from "./evasion";

const role = (name: string, verbs: string[]) => ({
  metadata: { name },
  rules: [{ apiGroups: [""], resources: ["configmaps"], verbs }],
});

export const binding = (name: string, roleName: string, users: string[]) => ({
  metadata: { name },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
  subjects: users.map((user) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user })),
});

const SUBJECT = { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" };

/** Rights for oneself or others. */
export const EVADING_RIGHTS: readonly Evasion[] = [
  {
    what: "a wildcard behind another verb",
    rule: "wildcard-role",
    name: "second-wildcard",
    run: (send) => send("POST", `${RBAC}/clusterroles`, role("second-wildcard", ["get", "*"])),
  },
  {
    what: "a role's verbs by a JSON patch",
    rule: "rights-patched",
    name: "patched-role",
    async run(send) {
      await send("POST", `${RBAC}/clusterroles`, role("patched-role", ["get"]));
      const patch = [{ op: "add", path: "/rules/0/verbs/-", value: "*" }];
      await send("PATCH", `${RBAC}/clusterroles/patched-role`, patch, JSON_PATCH);
    },
  },
  {
    what: "one more subject in a merge patch, which says nothing of the role",
    rule: "binding-extended",
    name: "merged-subject",
    async run(send) {
      await send("POST", `${RBAC}/clusterrolebindings`, binding("merged-subject", "view", ["alice"]));
      const subjects = [...binding("", "", ["alice"]).subjects, SUBJECT];
      await send("PATCH", `${RBAC}/clusterrolebindings/merged-subject`, { subjects });
    },
  },
  {
    what: "one more subject in a JSON patch",
    rule: "binding-extended",
    name: "patched-subject",
    async run(send) {
      await send("POST", `${RBAC}/clusterrolebindings`, binding("patched-subject", "view", ["alice"]));
      const patch = [{ op: "add", path: "/subjects/-", value: SUBJECT }];
      await send("PATCH", `${RBAC}/clusterrolebindings/patched-subject`, patch, JSON_PATCH);
    },
  },
  {
    what: "a controller's role in place of cluster-admin",
    rule: "cluster-admin-binding",
    name: "controller-role",
    run: (send) =>
      send(
        "POST",
        `${RBAC}/clusterrolebindings`,
        binding("controller-role", "system:controller:clusterrole-aggregation-controller", ["eve"]),
      ),
  },
  {
    what: "a role of AWS by a JSON patch",
    rule: "cloud-identity",
    name: "patched-account",
    async run(send) {
      await send("POST", `${CORE}/serviceaccounts`, {
        metadata: { name: "patched-account", annotations: {} },
      });
      const path = "/metadata/annotations/eks.amazonaws.com~1role-arn";
      const value = "arn:aws:iam::111122223333:role/admin";
      const patch = [
        { op: "add", path: "/metadata/annotations", value: {} },
        { op: "add", path, value },
      ];
      await send("PATCH", `${CORE}/serviceaccounts/patched-account`, patch, JSON_PATCH);
    },
  },
];
