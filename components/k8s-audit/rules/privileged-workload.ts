import { type AuditRule, WORKLOADS } from "../audit-rule";
import { WORKLOAD_CONTROLLERS } from "../trusted";

/** A container with all capabilities or the host's namespaces. */
export const privilegedWorkload: AuditRule = {
  name: "privileged-workload",
  severity: 4,
  techniques: ["T1611", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: WORKLOADS,
    except: WORKLOAD_CONTROLLERS,
    body: ['"privileged":true', '"host(PID|IPC|Network)":true'],
  },
};
