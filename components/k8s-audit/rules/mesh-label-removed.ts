import { type AuditRule, labelLost, NO_PERSON } from "../audit-rule";

/**
 * A namespace leaves an ambient mesh: its pods lose their identity, and what comes in clear is let through. An update or a
 * server-side apply that lacks the label can't be told from others; of a JSON patch what it sets is not known.
 */
export const meshLabelRemoved: AuditRule = {
  name: "mesh-label-removed",
  severity: 4,
  techniques: ["T1685"],
  when: {
    verbs: ["update", "patch"],
    resources: ["namespaces"],
    notUser: NO_PERSON,
    changes: true,
    body: labelLost("[a-z]+\\.io", "dataplane-mode", "none"),
  },
};
