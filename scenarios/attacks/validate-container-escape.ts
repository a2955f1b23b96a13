import { defineScenario, type Query } from "../model/scenario-schema";
import mountAlert from "../queries/mount.falco.json";
import mountMatch from "../queries/mount.tetragon.json";
import nsenterAlert from "../queries/nsenter.falco.json";
import setnsAlert from "../queries/setns.falco.json";
import setnsMatch from "../queries/setns.tetragon.json";
import { falcoAlert } from "../samples/falco";
import { tetragonMatch } from "../samples/tetragon";

const POD = "escape-box";
const NSENTER = "/usr/bin/nsenter -t 1 -m true";
const MOUNT = "/bin/mount -t proc proc /mnt";
const PROCESS = { pod: POD, uid: 0, parent: "/usr/bin/containerd-shim" };
const REFUSED = "EPERM";

export const validateContainerEscape = defineScenario({
  id: "validate-container-escape",
  title: "A container tries to reach the host's namespaces and to mount",
  stage: "validation",
  techniques: ["T1611"],
  danger: "simulated",
  proves: "System calls that lead out of a container are seen even when the kernel refuses them.",
  pods: [POD],
  steps: [
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
  samples: [
    falcoAlert({
      rule: "Nsenter started in container",
      pod: POD,
      event: "execve",
      command: NSENTER,
      user: "root",
    }),
    falcoAlert({
      rule: "Namespace entered from container",
      pod: POD,
      event: "setns",
      command: NSENTER,
      user: "root",
      fields: { "evt.res": REFUSED, "evt.arg.nstype": "CLONE_NEWNS" },
    }),
    tetragonMatch({
      ...PROCESS,
      policy: "container-escape-monitor",
      call: "sys_setns",
      command: NSENTER,
      args: [{ int_arg: 3 }, { int_arg: 131072 }],
    }),
    falcoAlert({
      rule: "File system mounted in container",
      pod: POD,
      event: "mount",
      command: MOUNT,
      user: "root",
      fields: { "evt.res": REFUSED, "evt.arg.dev": "proc", "evt.arg.dir": "/mnt", "evt.arg.type": "proc" },
    }),
    tetragonMatch({
      ...PROCESS,
      policy: "container-escape-monitor",
      call: "sys_mount",
      command: MOUNT,
      args: [{ string_arg: "proc" }, { string_arg: "/mnt" }, { string_arg: "proc" }],
    }),
  ],
});
