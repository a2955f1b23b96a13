import { type AuditRule, NO_PERSON } from "../audit-rule";

/** A job that comes back. */
export const cronjobByPerson: AuditRule = {
  name: "cronjob-by-person",
  severity: 3,
  techniques: ["T1053.007"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["cronjobs"],
    notUser: NO_PERSON,
  },
};
