import { defineScenario, type Query } from "../model/scenario-schema";
import scanProcess from "../queries/network-scan.tetragon.json";

const SCRIPT = "for port in 80 443; do nc -z -w 1 127.0.0.1 $port; done; true";

export const networkScan = defineScenario({
  id: "network-scan",
  title: "Ports are probed from a pod",
  stage: "validation",
  techniques: [],
  simulates: ["T1046"],
  danger: "simulated",
  proves: "A scan from inside of the cluster leaves a start of a process for each probe.",
  pods: ["attacker", "target-nginx"],
  steps: [
    {
      do: "exec",
      pod: "attacker",
      command: ["sh", "-c", SCRIPT],
      why: "Two ports of this pod itself: enough to be seen, and nobody else is touched.",
    },
  ],

  expectations: [
    {
      tool: "tetragon",
      what: "start of nc",
      query: scanProcess as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
  ],
});
