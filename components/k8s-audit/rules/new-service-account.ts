import { type AuditRule, NO_PERSON } from "../audit-rule";

/** An account for programs, made by a person. */
export const newServiceAccount: AuditRule = {
  name: "new-service-account",
  severity: 2,
  techniques: ["T1136"],
  when: {
    creates: true,
    resources: ["serviceaccounts"],
    notUser: NO_PERSON,
  },
};
