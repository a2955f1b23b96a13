import { requestAlert } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiAttachQuery from "../queries/api-attach.k8s_audit.json";
import apiEphemeralQuery from "../queries/api-ephemeral.k8s_audit.json";
import apiExecQuery from "../queries/api-exec.k8s_audit.json";
import apiPortForwardQuery from "../queries/api-port-forward.k8s_audit.json";

// Of a request that is no upgrade, by the kubelet or by the API server that does not reach it.
const REFUSED = [400, 403, 500, 502, 503];
const EPHEMERAL = {
  name: "ctem-debug",
  image: "registry.invalid/ctem:1",
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};

export const apiExec = defineScenario({
  id: "api-exec",
  title: "A running pod is entered through the API",
  stage: "validation",
  techniques: ["T1609", "T1572"],
  danger: "simulated",
  proves: "Each way into a pod that runs is seen: a command, its streams, a tunnel, a container beside it.",
  pods: ["ctem-testbox"],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${CORE}/pods/ctem-testbox/exec?command=id&container=main&stdout=true`,
      statuses: REFUSED,
      why: "Without a WebSocket it is refused, and seen all the same.",
    },
    {
      do: "request",
      method: "POST",
      path: `${CORE}/pods/ctem-testbox/attach?container=main&stdout=true`,
      statuses: REFUSED,
      why: "Without a WebSocket too.",
    },
    {
      do: "request",
      method: "POST",
      path: `${CORE}/pods/ctem-testbox/portforward?ports=80`,
      statuses: REFUSED,
      why: "Without a WebSocket too.",
    },
    {
      do: "request",
      method: "PATCH",
      path: `${CORE}/pods/ctem-testbox/ephemeralcontainers`,
      body: { spec: { ephemeralContainers: [EPHEMERAL] } },
      why: "Of an image that can not be had.",
    },
  ],
  expectations: [
    requestAlert("a command", apiExecQuery, { severity: 3, technique: "T1609", object: "ctem-testbox" }),
    requestAlert("streams attached", apiAttachQuery, {
      severity: 3,
      technique: "T1609",
      object: "ctem-testbox",
    }),
    requestAlert("a tunnel", apiPortForwardQuery, {
      severity: 3,
      technique: "T1572",
      object: "ctem-testbox",
    }),
    requestAlert("a container added", apiEphemeralQuery, {
      severity: 4,
      technique: "T1609",
      object: "ctem-testbox",
    }),
  ],
});
