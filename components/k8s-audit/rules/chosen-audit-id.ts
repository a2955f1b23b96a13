import type { AuditRule } from "../audit-rule";

/** An Audit-ID of the client's choice: the API server's own are random UUIDs. It may hide this request among others. */
export const chosenAuditId: AuditRule = {
  name: "chosen-audit-id",
  severity: 3,
  techniques: ["T1070"],
  when: {
    notAuditId: "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
  },
};
