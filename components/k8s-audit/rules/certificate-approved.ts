import type { AuditRule } from "../audit-rule";

/** A client certificate for the API server approved by hand. */
export const certificateApproved: AuditRule = {
  name: "certificate-approved",
  severity: 4,
  techniques: ["T1098"],
  when: {
    verbs: ["update", "patch"],
    resources: ["certificatesigningrequests/approval"],
    except: { controllers: ["certificate-controller"] },
  },
};
