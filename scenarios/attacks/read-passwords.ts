import { defineScenario, type Query } from "../model/scenario-schema";
import shadowAlert from "../queries/shadow.falco.json";
import shadowMatch from "../queries/shadow.tetragon.json";

export const readPasswords = defineScenario({
  id: "read-passwords",
  title: "The system's passwords are read",
  stage: "validation",
  techniques: ["T1555", "T1552.001"],
  simulates: [],
  danger: "simulated",
  proves: "Reading the file with the password hashes is seen, by the path and by the kernel's own.",
  pods: ["escape-box"],
  steps: [
    {
      do: "exec",
      pod: "escape-box",
      command: ["sh", "-c", "cat /etc/shadow > /dev/null"],
      why: "The image's own file, in which no password is; not printed.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: sensitive file read",
      query: shadowAlert as Query,
      fields: { "threat.technique.id": "T1555", "event.severity": 3 },
    },
    {
      tool: "tetragon",
      what: "policy match: sensitive file read",
      query: shadowMatch as Query,
      fields: { "threat.technique.id": "T1552.001", "event.severity": 4 },
    },
  ],
});
