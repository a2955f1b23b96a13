import { defineScenario, type Query } from "../model/scenario-schema";
import apiAlert from "../queries/api-contact.falco.json";
import apiProcess from "../queries/api-contact.tetragon.json";
import tokenAlert from "../queries/token-read.falco.json";
import tokenMatch from "../queries/token-read.tetragon.json";

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export const validateK8sApi = defineScenario({
  id: "validate-k8s-api",
  title: "A service account token is read and the Kubernetes API contacted",
  stage: "validation",
  techniques: ["T1552.001", "T1528", "T1613"],
  danger: "simulated",
  proves:
    "The first steps from a pod to the cluster are seen: taking its identity, and looking around with it.",
  pods: ["ctem-testbox", "attacker"],
  steps: [
    {
      do: "exec",
      pod: "ctem-testbox",
      // Counted, not printed: a token is no part of a report.
      command: ["sh", "-c", `cat ${TOKEN} | wc -c`],
      why: "The token of the pod, whose service account may do nothing.",
    },
    {
      do: "exec",
      pod: "attacker",
      command: [
        "sh",
        "-c",
        'curl --silent --insecure --max-time 5 --output /dev/null "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/version"',
      ],
      // 7 and 28: the NetworkPolicy lets nothing through; the attempt is what counts.
      exitCodes: [0, 7, 28],
      why: "By address, since the pod may not even ask the DNS.",
    },
  ],
  expectations: [
    {
      tool: "falco",
      what: "alert: token read by hand",
      query: tokenAlert as Query,
      fields: { "event.severity": 3, "threat.technique.id": "T1528", "threat.tactic.id": "TA0006" },
    },
    {
      tool: "tetragon",
      what: "policy match: token read by hand",
      query: tokenMatch as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1552.001" },
    },
    {
      tool: "falco",
      what: "alert: API contacted by hand",
      query: apiAlert as Query,
      fields: { "event.severity": 2, "threat.technique.id": "T1613" },
    },
    {
      tool: "tetragon",
      what: "start of curl",
      query: apiProcess as Query,
      fields: { "event.severity": 2, "process.executable": "/usr/bin/curl" },
    },
  ],
  chains: [
    {
      rule: "two-sensors",
      pod: "ctem-testbox",
      technique: "T1528",
      takes: ["falco: Service account token read in container", "tetragon: credential-access"],
    },
  ],
});
