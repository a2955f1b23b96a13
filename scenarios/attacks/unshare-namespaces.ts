import { defineScenario, type Query } from "../model/scenario-schema";
import unshareAlert from "../queries/unshare.falco.json";
import unshareMatch from "../queries/unshare.tetragon.json";

export const unshareNamespaces = defineScenario({
  id: "unshare-namespaces",
  title: "A container makes namespaces of its own",
  stage: "validation",
  techniques: ["T1611"],
  simulates: ["T1068"],
  danger: "simulated",
  proves: "The first step of many kernel exploits is seen: a user or mount namespace of one's own.",
  pods: ["escape-box"],
  steps: [
    {
      do: "exec",
      pod: "escape-box",
      command: ["unshare", "-m", "true"],
      exitCodes: [0, 1],
      why: "Refused without CAP_SYS_ADMIN, and seen all the same.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: namespace made",
      query: unshareAlert as Query,
      fields: { "threat.technique.id": "T1611", "event.severity": 3 },
    },
    {
      tool: "tetragon",
      what: "policy match: unshare",
      query: unshareMatch as Query,
      fields: { "threat.technique.id": "T1611", "event.severity": 4 },
    },
  ],
  chains: [
    {
      rule: "two-sensors",
      pod: "escape-box",
      technique: "T1611",
      takes: ["falco: Namespace created by unshare in container", "tetragon: container-escape-monitor"],
    },
  ],
});
