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
      '"(eks\\.amazonaws\\.com/role-arn|iam\\.gke\\.io/gcp-service-account|azure\\.workload\\.identity/client-id)"',
    ],
  },
};
