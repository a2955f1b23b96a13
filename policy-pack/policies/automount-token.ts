import type { KubernetesObject } from "../kubernetes/object";
import { podsOf } from "../kubernetes/pods";
import { at, listAt, textAt } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";

export const automountToken: StackPolicy = {
  name: "automount-token",
  rule: "Only pods whose ServiceAccount has rights get its token.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "8.2"], cis: ["5.1.5", "5.1.6"] },
  fix: "set automountServiceAccountToken: false on the pod, or bind a role to its own ServiceAccount",
  checkStack({ objects }, report) {
    const bound = new Set<string>();
    report.each(objects, (object) => {
      for (const account of boundAccounts(object)) bound.add(account);
    });
    report.each(objects, (object) => {
      for (const pods of podsOf(object)) {
        // An operator has its own say on the accounts of the pods that it makes.
        if (pods.partial) continue;
        const account = `${object.namespace ?? "default"}/${textAt(pods.spec, "serviceAccountName") || "default"}`;
        if (!isMounted(at(pods.spec, "automountServiceAccountToken"), account, objects) || bound.has(account))
          continue;
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

function boundAccounts(object: KubernetesObject): string[] {
  if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") return [];
  return listAt(object.props, "subjects")
    .filter((subject) => textAt(subject, "kind") === "ServiceAccount")
    .map((subject) => `${textAt(subject, "namespace") ?? object.namespace}/${textAt(subject, "name")}`);
}

/** The pod's word counts, else the account's, else yes. */
function isMounted(ofPod: unknown, account: string, objects: readonly KubernetesObject[]): boolean {
  if (typeof ofPod === "boolean") return ofPod;
  const found = objects.find(
    (o) => o.kind === "ServiceAccount" && `${o.namespace ?? "default"}/${o.name}` === account,
  );
  return at(found?.props, "automountServiceAccountToken") !== false;
}
