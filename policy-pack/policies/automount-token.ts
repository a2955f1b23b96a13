import { type KubernetesObject, namespaceOf } from "../kubernetes/object";
import { podsOf, volumesOf } from "../kubernetes/pods";
import { at, listAt, textAt } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

export const automountToken: StackPolicy = {
  name: "automount-token",
  rule: "Only pods whose ServiceAccount has rights get its token, and no token is for ever.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "8.2"], cis: ["5.1.5", "5.1.6"] },
  fix: "set automountServiceAccountToken: false on the pod, or bind a role to its own ServiceAccount",
  checkStack({ objects }, report) {
    const bound = new Set<string>();
    report.each(objects, (object) => {
      if (object.group !== "rbac.authorization.k8s.io" || !/^(Cluster)?RoleBinding$/.test(object.kind))
        return;
      for (const subject of listAt(object.props, "subjects"))
        bound.add(boundBy(subject, namespaceOf(object)));
    });
    report.each(objects, (object) => {
      if (object.kind === "Secret" && textAt(object.props, "type") === "kubernetes.io/service-account-token")
        report.violation(
          {
            found: `a token of ServiceAccount ${textAt(object.props, "metadata", "annotations", "kubernetes.io/service-account.name") ?? "nobody"} that never expires`,
            allowed: "tokens that a pod's volume or the TokenRequest API gives, which expire",
            fix: "remove the Secret; a client outside of the cluster asks for tokens: kubectl create token",
          },
          object,
        );
      for (const pods of podsOf(object)) {
        // An operator has its own say on the accounts of the pods that it makes.
        if (pods.partial) continue;
        // `serviceAccount` is the old name, which Kubernetes still reads.
        const name =
          textAt(pods.spec, "serviceAccountName") || textAt(pods.spec, "serviceAccount") || "default";
        const account = `${namespaceOf(object)}/${name}`;
        const hasRights =
          groupsOf(account).some((group) => bound.has(group)) || (!object.namespace && isNamed(name, bound));
        const isThere =
          volumesOf(pods).some(hasOwnToken) ||
          isMounted(at(pods.spec, "automountServiceAccountToken"), account, objects);
        if (hasRights || !isThere || exceptionFor(this.name, pods.labels, "token without rights")) continue;
        report.violation(
          {
            found: `the token of ServiceAccount ${account} is mounted, and no binding of the stack gives it any right`,
            allowed: "no token, or an account with rights",
          },
          object,
        );
      }
    });
  },
};

/**
 * The user or group that a subject names. An account without a namespace is of the binding's
 * (kubernetes/kubernetes, plugin/pkg/auth/authorizer/rbac/rbac.go: appliesToUser).
 */
function boundBy(subject: unknown, namespace: string): string {
  const name = textAt(subject, "name") ?? "";
  if (textAt(subject, "kind") !== "ServiceAccount") return name;
  return `system:serviceaccount:${textAt(subject, "namespace") || namespace}:${name}`;
}

/** The user that an account is to the API server, and the groups that it is in. */
function groupsOf(account: string): string[] {
  const [namespace, name] = account.split("/");
  return [
    `system:serviceaccount:${namespace}:${name}`,
    `system:serviceaccounts:${namespace}`,
    "system:serviceaccounts",
    "system:authenticated",
  ];
}

/**
 * True where some binding names an account of that name. Files that leave the namespace to whoever installs them name it
 * in the bindings of the cluster all the same.
 */
function isNamed(name: string, bound: ReadonlySet<string>): boolean {
  return [...bound].some((user) => /^system:serviceaccount:[^:]*:/.test(user) && user.endsWith(`:${name}`));
}

/** A token that the pod mounts itself, whatever is said of automounting; with an audience of its own it is for another server. */
function hasOwnToken(volume: unknown): boolean {
  return listAt(volume, "projected", "sources").some((source) => {
    const audience = textAt(source, "serviceAccountToken", "audience");
    const forOthers = audience && !API_SERVER.test(audience);
    return at(source, "serviceAccountToken") !== undefined && !forOthers;
  });
}

/** The API server's usual audience (kube-apiserver --api-audiences, by default its --service-account-issuer). */
const API_SERVER = /^(https:\/\/)?kubernetes\.default(\.svc(\.[a-z0-9.-]+)?)?$/;

/** The pod's word counts, else the account's, else yes. */
function isMounted(ofPod: unknown, account: string, objects: readonly KubernetesObject[]): boolean {
  if (typeof ofPod === "boolean") return ofPod;
  const found = objects.find((o) => o.kind === "ServiceAccount" && `${namespaceOf(o)}/${o.name}` === account);
  return at(found?.props, "automountServiceAccountToken") !== false;
}
