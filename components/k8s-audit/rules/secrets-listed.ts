import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** All secrets of a namespace or of the cluster at once. Helm's own list of its releases is left out, which has no content of others. */
export const secretsListed: AuditRule = {
  name: "secrets-listed",
  severity: 3,
  techniques: ["T1552.007"],
  when: {
    verbs: ["list", "watch"],
    resources: ["secrets"],
    notUser: CONTROL_PLANE,
    notUri: "labelSelector=(name%3D[^&]*%2C)?owner%3Dhelm",
  },
};
