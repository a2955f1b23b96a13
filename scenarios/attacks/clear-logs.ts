import { defineScenario, type Query } from "../model/scenario-schema";
import clearAlert from "../queries/clear-logs.falco.json";
import clearProcess from "../queries/clear-logs.tetragon.json";

// One of the files that the rule knows (falcosecurity/rules, list log_files).
const FILE = "/var/log/syslog";
const SCRIPT = `echo entry > ${FILE}; : > ${FILE}; rm ${FILE}`;

export const clearLogs = defineScenario({
  id: "clear-logs",
  title: "A log file is emptied",
  stage: "validation",
  techniques: ["T1070"],
  simulates: [],
  danger: "simulated",
  proves: "Who clears a log leaves a trace that is out of reach: it is in the store.",
  pods: ["escape-box"],
  steps: [
    {
      do: "exec",
      pod: "escape-box",
      command: ["sh", "-c", SCRIPT],
      why: "A file of our own in the folder of the logs, written and then emptied.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: log cleared",
      query: clearAlert as Query,
      fields: { "threat.technique.id": "T1070", "event.severity": 3 },
    },
    {
      tool: "tetragon",
      what: "start of the shell",
      query: clearProcess as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
  ],
});
