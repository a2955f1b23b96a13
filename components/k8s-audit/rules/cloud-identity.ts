import type { AuditRule } from "../audit-rule";

/** A ServiceAccount tied to an identity of the cloud. */
export const cloudIdentity: AuditRule = {
  name: "cloud-identity",
  severity: 3,
  techniques: ["T1078.004", "T1098.001"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["serviceaccounts"],
    body: [
      // A JSON patch writes the slash in another way (RFC 6901).
      '(eks\\.amazonaws\\.com(/|~1)role-arn|iam\\.gke\\.io(/|~1)gcp-service-account|azure\\.workload\\.identity(/|~1)client-id)"',
    ],
  },
};
