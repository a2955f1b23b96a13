import { type AuditRule, WORKLOADS } from "../audit-rule";
import { WORKLOAD_CONTROLLERS } from "../trusted";

/** A pod with the socket of its node's container runtime: it starts containers and builds images on the host, past the API server. */
export const runtimeSocket: AuditRule = {
  name: "runtime-socket",
  severity: 5,
  techniques: ["T1611", "T1612"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: WORKLOADS,
    except: WORKLOAD_CONTROLLERS,
    body: ['"path":"[^"]*/(docker|containerd|crio|cri-dockerd|buildkitd|podman)\\.sock"'],
  },
};
