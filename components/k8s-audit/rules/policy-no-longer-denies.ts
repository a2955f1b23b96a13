import { type AuditRule, NO_PERSON, patched } from "../audit-rule";

/** A policy of the API server's own is moved back to what only tells. A JSON patch does not say to what: any is found. */
export const policyNoLongerDenies: AuditRule = {
  name: "policy-no-longer-denies",
  severity: 4,
  techniques: ["T1685"],
  when: {
    verbs: ["update", "patch"],
    resources: ["validatingadmissionpolicybindings"],
    notUser: NO_PERSON,
    changes: true,
    body: [
      '"validationActions":\\[("(Audit|Warn)",?)+\\]',
      patched("validationActions(/[0-9]+)?"),
      '"op":"remove","path":"[^"]*/validationActions/[0-9]+"',
    ],
  },
};
