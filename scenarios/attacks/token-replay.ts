import { defineScenario, type Query } from "../model/scenario-schema";
import tokenAlert from "../queries/token-replay.falco.json";
import apiAlert from "../queries/token-replay-api.falco.json";

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
// Given to curl on its input, so that the token is in no command line, and so in no document.
const SCRIPT = `cat ${TOKEN} | sed 's/^/header = "Authorization: Bearer /; s/$/"/' | curl --silent --insecure --max-time 5 --output /dev/null --config - "https://$KUBERNETES_SERVICE_HOST${REVIEW}"`;

export const tokenReplay = defineScenario({
  id: "token-replay",
  title: "A stolen token is used against the API",
  stage: "validation",
  techniques: ["T1528", "T1613"],
  simulates: ["T1098", "T1550"],
  danger: "simulated",
  proves: "A token that is read by hand and used at once leaves both halves of the trace.",
  pods: ["attacker"],
  steps: [
    {
      do: "exec",
      pod: "attacker",
      command: ["sh", "-c", SCRIPT],
      exitCodes: [0, 7, 28],
      why: "Asks what the account may do; the account may do nothing and the network policy lets nothing through.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: token read by hand",
      query: tokenAlert as Query,
      fields: { "threat.technique.id": "T1528", "event.severity": 3 },
    },
    {
      tool: "falco",
      what: "alert: API contacted by hand",
      query: apiAlert as Query,
      fields: { "threat.technique.id": "T1613", "event.severity": 2 },
    },
  ],
  chains: [
    {
      rule: "token-read-api-call",
      pod: "attacker",
      takes: [
        "falco: Service account token read in container",
        "falco: Kubernetes API contacted by hand from container",
      ],
    },
    {
      rule: "three-tactics",
      pod: "attacker",
      takes: [
        "falco: Shell without terminal started in container",
        "falco: Service account token read in container",
        "falco: Kubernetes API contacted by hand from container",
      ],
    },
    {
      rule: "two-sensors",
      pod: "attacker",
      technique: "T1528",
      takes: ["falco: Service account token read in container", "tetragon: credential-access"],
    },
    {
      rule: "vulnerable-workload",
      pod: "attacker",
      takes: ["falco: Service account token read in container"],
      whereVulnerable: true,
    },
  ],
});
