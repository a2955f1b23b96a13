import { type AuditRule, NO_PERSON } from "../audit-rule";

/** What Tetragon looks for, changed or taken away by a person. */
export const sensorPolicyChanged: AuditRule = {
  name: "sensor-policy-changed",
  severity: 3,
  techniques: ["T1685"],
  when: {
    verbs: ["update", "patch", "delete", "deletecollection"],
    resources: ["tracingpolicies", "tracingpoliciesnamespaced"],
    notUser: NO_PERSON,
    changes: true,
  },
};
