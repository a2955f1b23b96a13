import { defineScenario, type Query } from "../model/scenario-schema";
import shadowAlert from "../queries/shadow.falco.json";
import shadowMatch from "../queries/shadow.tetragon.json";
import { falcoAlert } from "../samples/falco";
import { tetragonMatch } from "../samples/tetragon";

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
  samples: [
    falcoAlert({
      rule: "Read sensitive file untrusted",
      pod: "escape-box",
      event: "open",
      command: "/bin/cat /etc/shadow",
      parent: "sh",
      user: "root",
      fields: { "fd.name": "/etc/shadow" },
    }),
    tetragonMatch({
      policy: "credential-access",
      call: "security_file_permission",
      pod: "escape-box",
      uid: 0,
      command: "/bin/cat /etc/shadow",
      parent: "/bin/sh",
      args: [{ file_arg: { path: "/etc/shadow", permission: "-rw-r-----" } }, { int_arg: 4 }],
    }),
  ],
});
