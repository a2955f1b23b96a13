import { type AuditRule, patched } from "../audit-rule";

/** A Service that gets the traffic of pods to an address outside of the cluster (CVE-2020-8554). */
export const externalAddressTaken: AuditRule = {
  name: "external-address-taken",
  severity: 3,
  techniques: ["T1557"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["services"],
    body: ['"externalIPs":\\["', patched('externalIPs(/[^/"]+)?')],
  },
};
