import { defineScenario, type Query } from "../model/scenario-schema";
import mountAlert from "../queries/mount.falco.json";
import mountMatch from "../queries/mount.tetragon.json";
import nsenterAlert from "../queries/nsenter.falco.json";
import namespacesMatch from "../queries/proc-ns.tetragon.json";
import setnsAlert from "../queries/setns.falco.json";
import setnsMatch from "../queries/setns.tetragon.json";

const POD = "escape-box";

export const validateContainerEscape = defineScenario({
  id: "validate-container-escape",
  title: "A container looks for the host's namespaces, tries to enter them and to mount",
  stage: "validation",
  techniques: ["T1611"],
  danger: "simulated",
  proves: "System calls that lead out of a container are seen even when the kernel refuses them.",
  pods: [POD],
  steps: [
    {
      do: "exec",
      pod: POD,
      command: ["ls", "-la", "/proc/1/ns/"],
      exitCodes: [0, 1],
      why: "The first look around of who wants out: which namespaces the first process has.",
    },
    {
      do: "exec",
      pod: POD,
      command: ["nsenter", "-t", "1", "-m", "true"],
      exitCodes: [0, 1],
      why: "Process 1 is the pod's own: nothing would be won even if it were allowed.",
    },
    {
      do: "exec",
      pod: POD,
      command: ["mount", "-t", "proc", "proc", "/mnt"],
      exitCodes: [0, 1, 32, 255],
      why: "Without CAP_SYS_ADMIN the kernel refuses; the call is made all the same.",
    },
  ],
  expectations: [
    {
      tool: "tetragon",
      what: "policy match: namespaces of the first process listed",
      query: namespacesMatch as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1611" },
    },
    {
      tool: "falco",
      what: "alert: nsenter started",
      query: nsenterAlert as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1611", "threat.tactic.id": "TA0004" },
    },
    {
      tool: "falco",
      what: "alert: namespace entered",
      query: setnsAlert as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1611" },
    },
    {
      tool: "tetragon",
      what: "policy match: setns",
      query: setnsMatch as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1611" },
    },
    {
      tool: "falco",
      what: "alert: file system mounted",
      query: mountAlert as Query,
      fields: { "event.severity": 3, "threat.technique.id": "T1611" },
    },
    {
      tool: "tetragon",
      what: "policy match: mount",
      query: mountMatch as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1611" },
    },
  ],
  chains: [
    {
      rule: "two-sensors",
      pod: POD,
      technique: "T1611",
      takes: ["falco", "tetragon: container-escape-monitor"],
    },
  ],
});
