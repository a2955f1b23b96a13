import type { AuditRule } from "../audit-rule";

/** A container added to a pod that runs. */
export const ephemeralContainer: AuditRule = {
  name: "ephemeral-container",
  severity: 4,
  techniques: ["T1609", "T1610"],
  when: {
    verbs: ["update", "patch"],
    resources: ["pods/ephemeralcontainers"],
  },
};
