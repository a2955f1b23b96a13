import { defineScenario, type Query } from "../model/scenario-schema";
import dropAlert from "../queries/masquerade.falco.json";
import dropMatch from "../queries/masquerade.tetragon.json";

const SCRIPT = "cp /bin/busybox /var/tmp/kworker && /var/tmp/kworker; rm -f /var/tmp/kworker";

export const masquerading = defineScenario({
  id: "masquerading",
  title: "A dropped program takes the name of a kernel thread",
  stage: "validation",
  techniques: ["T1204"],
  simulates: ["T1036"],
  danger: "simulated",
  proves: "A program that is not part of the image is seen, whatever it calls itself.",
  pods: ["ctem-testbox"],
  steps: [
    {
      do: "exec",
      pod: "ctem-testbox",
      command: ["sh", "-c", SCRIPT],
      exitCodes: [0, 127],
      why: "A copy of busybox: under this name it does nothing.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: dropped program",
      query: dropAlert as Query,
      fields: { "falco.tags": "TA0003", "event.severity": 4 },
    },
    {
      tool: "tetragon",
      what: "policy match: started from /var/tmp",
      query: dropMatch as Query,
      fields: { "threat.technique.id": "T1204", "event.severity": 4 },
    },
  ],
  chains: [
    {
      rule: "two-sensors",
      pod: "ctem-testbox",
      technique: "T1059.004",
      takes: ["falco: Shell without terminal started in container", "tetragon: process-exec"],
    },
  ],
});
