import { defineScenario, type Query } from "../model/scenario-schema";
import memfdAlert from "../queries/memfd.falco.json";
import memfdMatch from "../queries/memfd.tetragon.json";

const SCRIPT =
  "import os; f = os.memfd_create('ctem', 0); os.write(f, open('/bin/true', 'rb').read()); os.execv(f'/proc/self/fd/{f}', ['true'])";

export const filelessExecution = defineScenario({
  id: "fileless-execution",
  title: "A program runs from memory, without a file",
  stage: "validation",
  techniques: ["T1620"],
  simulates: [],
  danger: "simulated",
  proves: "A program that was never on a disk is seen when it starts.",
  pods: ["attacker"],
  steps: [
    {
      do: "exec",
      pod: "attacker",
      command: ["python3", "-c", SCRIPT],
      why: "Copies the image's own `true` into memory and starts it from there.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: fileless execution",
      query: memfdAlert as Query,
      fields: { "threat.technique.id": "T1620", "event.severity": 4 },
    },
    {
      tool: "tetragon",
      what: "policy match: started from memory",
      query: memfdMatch as Query,
      fields: { "threat.technique.id": "T1204", "event.severity": 4 },
    },
  ],
  chains: [
    {
      rule: "vulnerable-workload",
      pod: "attacker",
      takes: ["falco: Fileless execution via memfd_create"],
      whereVulnerable: true,
    },
  ],
});
