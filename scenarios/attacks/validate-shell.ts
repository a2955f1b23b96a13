import { defineScenario, type Query } from "../model/scenario-schema";
import shell from "../queries/shell.tetragon.json";
import withoutTerminal from "../queries/shell-no-terminal.falco.json";
import withTerminal from "../queries/shell-terminal.falco.json";

const COMMAND = ["sh", "-c", "whoami && id && uname -a"];
const POD = "ctem-testbox";

export const validateShell = defineScenario({
  id: "validate-shell",
  title: "A shell is started in a container",
  stage: "validation",
  techniques: ["T1059.004", "T1609"],
  danger: "simulated",
  proves: "Hands on a keyboard in a container are seen, with a terminal and without one.",
  pods: [POD],
  steps: [
    {
      do: "exec",
      pod: POD,
      command: COMMAND,
      tty: true,
      why: "Falco's stable rule for shells needs a terminal.",
    },
    { do: "exec", pod: POD, command: COMMAND, why: "Attack tools and scripts ask for no terminal." },
  ],
  expectations: [
    {
      tool: "falco",
      what: "alert: shell with a terminal",
      query: withTerminal as Query,
      fields: { "event.severity": 2, "threat.technique.id": "T1059", "process.name": "sh" },
    },
    {
      tool: "falco",
      what: "alert: shell without a terminal",
      query: withoutTerminal as Query,
      fields: { "event.severity": 2, "threat.technique.id": "T1059.004", "process.name": "sh" },
    },
    {
      tool: "tetragon",
      what: "start of both shells",
      query: shell as Query,
      min: 2,
      fields: {
        "event.severity": 2,
        "kubernetes.pod.uid": { exists: true },
        "container.id": { exists: true },
      },
    },
  ],
});
