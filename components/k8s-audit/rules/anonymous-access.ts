import type { AuditRule } from "../audit-rule";

/** The API server answered someone without credentials. */
export const anonymousAccess: AuditRule = {
  name: "anonymous-access",
  severity: 4,
  techniques: ["T1133", "T1078.001"],
  when: {
    user: "^system:anonymous$",
    succeeded: true,
  },
};
