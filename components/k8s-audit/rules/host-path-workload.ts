import { type AuditRule, patched, WORKLOADS } from "../audit-rule";
import { WORKLOAD_CONTROLLERS } from "../trusted";

/** A pod with a folder of its node. */
export const hostPathWorkload: AuditRule = {
  name: "host-path-workload",
  severity: 4,
  techniques: ["T1611", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: WORKLOADS,
    except: WORKLOAD_CONTROLLERS,
    body: ['"hostPath":\\{', patched("hostPath(/path)?")],
  },
};
