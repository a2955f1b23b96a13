import { type AuditRule, NO_PERSON } from "../audit-rule";

/** Admission control weakened or redirected. */
export const admissionChanged: AuditRule = {
  name: "admission-changed",
  severity: 4,
  techniques: ["T1685"],
  when: {
    verbs: ["update", "patch", "delete", "deletecollection"],
    resources: [
      "validatingwebhookconfigurations",
      "mutatingwebhookconfigurations",
      "validatingadmissionpolicies",
      "validatingadmissionpolicybindings",
    ],
    notUser: NO_PERSON,
  },
};
