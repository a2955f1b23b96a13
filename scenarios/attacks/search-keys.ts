import { defineScenario, type Query } from "../model/scenario-schema";
import searchAlert from "../queries/key-search.falco.json";
import searchProcess from "../queries/key-search.tetragon.json";

export const searchKeys = defineScenario({
  id: "search-keys",
  title: "Private keys are searched for",
  stage: "validation",
  techniques: ["T1552.001"],
  simulates: [],
  danger: "simulated",
  proves: "A search through files for keys is seen before a key is found.",
  pods: ["ctem-testbox"],
  steps: [
    {
      do: "exec",
      pod: "ctem-testbox",
      command: ["grep", "-r", "BEGIN RSA PRIVATE KEY", "/home"],
      exitCodes: [0, 1, 2],
      why: "An empty folder: there is nothing to be found.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: search for keys",
      query: searchAlert as Query,
      fields: { "threat.technique.id": "T1552.001", "event.severity": 3 },
    },
    {
      tool: "tetragon",
      what: "start of grep",
      query: searchProcess as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
  ],
});
