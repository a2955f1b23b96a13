import { requestAlert } from "../model/api-expectation";
import { ESCAPE_APPS, emptyDeployment, podSpec } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiHostPathQuery from "../queries/api-host-path.k8s_audit.json";
import apiPrivilegedQuery from "../queries/api-privileged.k8s_audit.json";
import apiRuntimeSocketQuery from "../queries/api-runtime-socket.k8s_audit.json";

const volume = (path: string) => ({ volumes: [{ name: "host", hostPath: { path } }] });

export const apiEscape = defineScenario({
  id: "api-escape",
  title: "Workloads are described that get out of their container",
  stage: "validation",
  techniques: ["T1611", "T1612"],
  danger: "simulated",
  proves:
    "What lets a container out is seen in its description: privilege, a folder of the node, the socket of the runtime.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${ESCAPE_APPS}/deployments`,
      body: emptyDeployment("ctem-privileged", podSpec({ securityContext: { privileged: true } })),
      why: "Without a pod.",
    },
    {
      do: "request",
      method: "POST",
      path: `${ESCAPE_APPS}/deployments`,
      body: emptyDeployment("ctem-host-path", podSpec({}, volume("/"))),
      why: "Without a pod.",
    },
    {
      do: "request",
      method: "POST",
      path: `${ESCAPE_APPS}/deployments`,
      body: emptyDeployment("ctem-socket", podSpec({}, volume("/run/containerd/containerd.sock"))),
      why: "Without a pod.",
    },
  ],
  expectations: [
    requestAlert("a privileged container", apiPrivilegedQuery, {
      severity: 4,
      technique: "T1611",
      object: "ctem-privileged",
    }),
    requestAlert("a folder of the node", apiHostPathQuery, {
      severity: 4,
      technique: "T1611",
      object: "ctem-host-path",
    }),
    requestAlert("the runtime's socket", apiRuntimeSocketQuery, {
      severity: 5,
      technique: "T1612",
      object: "ctem-socket",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${ESCAPE_APPS}/deployments/ctem-privileged`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${ESCAPE_APPS}/deployments/ctem-host-path`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${ESCAPE_APPS}/deployments/ctem-socket`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
