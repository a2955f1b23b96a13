import { type Kprobe, MAY_WRITE, type PolicyDefinition } from "../tracing-policy";
import { HOST_MOUNTS } from "./programs";

const CRON_PATHS = HOST_MOUNTS.flatMap((mount) => [
  `${mount}/etc/cron`,
  `${mount}/etc/anacrontab`,
  `${mount}/var/spool/cron`,
]);

/** Which arguments are the old and the new path. */
const CALLS = [
  { call: "sys_rename", from: 0, to: 1 },
  { call: "sys_renameat", from: 1, to: 3 },
  { call: "sys_renameat2", from: 1, to: 3 },
  { call: "sys_link", from: 0, to: 1 },
  { call: "sys_linkat", from: 1, to: 3 },
  { call: "sys_symlink", from: 0, to: 1 },
  { call: "sys_symlinkat", from: 0, to: 2 },
];

const TAGS = ["mitre.T1053.003"];

/** Crontabs and files of the cron folders, written or put in place, on hosts and in containers. */
export const cronPersistence: PolicyDefinition = {
  name: "cron-persistence",
  scope: "pods-and-hosts",
  kprobes: () => [written(), ...CALLS.map(putInPlace)],
};

function written(): Kprobe {
  return {
    call: "security_file_permission",
    syscall: false,
    message: "Cron file written",
    tags: TAGS,
    args: [
      { index: 0, type: "file" },
      { index: 1, type: "int" },
    ],
    selectors: [
      {
        matchArgs: [
          { index: 0, operator: "Prefix", values: CRON_PATHS },
          { index: 1, operator: "Equal", values: [MAY_WRITE] },
        ],
      },
    ],
  };
}

/** The new name as it is passed: one that is relative to another folder is not seen. */
function putInPlace({ call, from, to }: (typeof CALLS)[number]): Kprobe {
  return {
    call,
    syscall: true,
    message: "Cron file moved or linked into place",
    tags: TAGS,
    args: [
      { index: from, type: "string" },
      { index: to, type: "string" },
    ],
    selectors: [{ matchArgs: [{ index: to, operator: "Prefix", values: CRON_PATHS }] }],
    // arm64 has only the calls that end in "at".
    ignore: { callNotFound: true },
  };
}
