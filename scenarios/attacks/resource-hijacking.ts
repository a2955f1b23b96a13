import { defineScenario, type Query } from "../model/scenario-schema";
import minerAlert from "../queries/miner.falco.json";
import minerProcess from "../queries/miner.tetragon.json";

const LINE = "/tmp/xmrig --donate-level 0";
const SCRIPT = `cp /bin/busybox /tmp/xmrig && ${LINE}; rm -f /tmp/xmrig`;

export const resourceHijacking = defineScenario({
  id: "resource-hijacking",
  title: "A program under the name of a miner is dropped and run",
  stage: "validation",
  techniques: [],
  simulates: ["T1496"],
  danger: "simulated",
  proves: "The start of a miner is seen before its bill is; nothing is mined.",
  pods: ["ctem-testbox"],
  steps: [
    {
      do: "exec",
      pod: "ctem-testbox",
      command: ["sh", "-c", SCRIPT],
      exitCodes: [0, 127],
      why: "A copy of busybox with a miner's name and options: it does nothing.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: dropped program",
      query: minerAlert as Query,
      fields: { "falco.tags": "TA0003", "event.severity": 4 },
    },
    {
      tool: "tetragon",
      what: "start of the program",
      query: minerProcess as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
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
