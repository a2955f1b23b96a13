import { type AuditRule, labelLost, NO_PERSON } from "../audit-rule";

/** A namespace that was there gets privileged pods, or no Pod Security level at all. */
export const namespaceUnguarded: AuditRule = {
  name: "namespace-unguarded",
  severity: 3,
  techniques: ["T1685"],
  when: {
    verbs: ["update", "patch"],
    resources: ["namespaces"],
    notUser: NO_PERSON,
    changes: true,
    body: labelLost("pod-security\\.kubernetes\\.io", "enforce", "privileged"),
  },
};
