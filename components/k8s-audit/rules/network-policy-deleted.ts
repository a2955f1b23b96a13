import { type AuditRule, NO_PERSON } from "../audit-rule";

/** Traffic that was cut flows again. Who removes an application removes its policies too. */
export const networkPolicyDeleted: AuditRule = {
  name: "network-policy-deleted",
  severity: 2,
  techniques: ["T1685"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["networkpolicies", "ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies"],
    notUser: NO_PERSON,
  },
};
