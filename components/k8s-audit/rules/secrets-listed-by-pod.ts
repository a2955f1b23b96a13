import type { AuditRule } from "../audit-rule";

/**
 * The same by a program in a pod. Operators that keep a cache of all secrets do so at their start, which is why it is less
 * severe; which of them do is known.
 */
export const secretsListedByPod: AuditRule = {
  name: "secrets-listed-by-pod",
  severity: 2,
  techniques: ["T1552.007"],
  when: {
    verbs: ["list", "watch"],
    resources: ["secrets"],
    fromPod: true,
    notUri: "labelSelector=(name%3D[^&]*%2C)?owner%3Dhelm",
  },
};
