import { FILE_ACCESS, inode, type Kprobe, MAY_WRITE, type PolicyDefinition } from "../tracing-policy";
import { FILE_SYSTEM_ROOTS, HOST_MOUNTS } from "./programs";

const CRON = ["/etc/cron", "/etc/anacrontab", "/var/spool/cron"];

/** As a process names them. */
const CRON_PATHS = HOST_MOUNTS.flatMap((mount) => CRON.map((path) => `${mount}${path}`));

/** As their file system does, wherever it is mounted; /var is often one of its own. */
const CRON_DENTRIES = FILE_SYSTEM_ROOTS.flatMap((root) => CRON.map((path) => `${root}${path}`)).concat(
  "/spool/cron",
);

const TAGS = ["mitre.T1053.003"];

const at = (...values: string[]) => ({ index: 0, operator: "Prefix", values });

/** Crontabs and files of the cron folders, written or put in place, on hosts and in containers. */
export const cronPersistence: PolicyDefinition = {
  name: "cron-persistence",
  scope: "pods-and-hosts",
  kprobes: () => [written(), mapped(), openedElsewhere(), ...PUT_IN_PLACE.map(putInPlace)],
};

function written(): Kprobe {
  return {
    call: "security_file_permission",
    syscall: false,
    message: "Cron file written",
    tags: TAGS,
    args: FILE_ACCESS,
    selectors: [{ matchArgs: [at(...CRON_PATHS), { index: 1, operator: "Equal", values: [MAY_WRITE] }] }],
  };
}

/** Written without a call to write. */
function mapped(): Kprobe {
  return {
    call: "security_mmap_file",
    syscall: false,
    message: "Cron file mapped for writing",
    tags: TAGS,
    args: [{ index: 0, type: "file" }, { index: 1, type: "uint64" }, { index: 2, type: "uint64" }, inode()],
    // MAP_SHARED (linux/mman.h): protection can be changed later, this can't.
    selectors: [{ matchArgs: [at(...CRON_PATHS), { index: 2, operator: "Mask", values: ["1"] }] }],
  };
}

/** Where the file system is mounted under another name, which no list of paths has. */
function openedElsewhere(): Kprobe {
  return {
    call: "security_file_open",
    syscall: false,
    message: "Cron file of a mounted file system opened for writing",
    tags: TAGS,
    // Confirm with the sensor: only a kernel shows that the two members are found.
    args: [
      { index: 0, type: "file" },
      { index: 0, type: "dentry", resolve: "f_path.dentry" },
      { index: 0, type: "uint32", resolve: "f_mode" },
      inode(),
    ],
    selectors: [
      {
        matchArgs: [
          { index: 0, operator: "NotPrefix", values: CRON_PATHS },
          { args: [1], operator: "Prefix", values: CRON_DENTRIES },
          // FMODE_WRITE (linux/fs.h)
          { args: [2], operator: "Mask", values: ["2"] },
        ],
      },
    ],
  };
}

/** Functions that give a file a name, and which argument has it. */
const PUT_IN_PLACE = [
  { call: "security_inode_rename", index: 3 },
  { call: "security_inode_link", index: 2 },
  { call: "security_inode_symlink", index: 1 },
];

/** By the name's place in its file system: relative names, folders behind links and mounts are all the same to it. */
function putInPlace({ call, index }: (typeof PUT_IN_PLACE)[number]): Kprobe {
  return {
    call,
    syscall: false,
    message: "Cron file moved or linked into place",
    tags: TAGS,
    args: [{ index, type: "dentry" }],
    selectors: [{ matchArgs: [{ index, operator: "Prefix", values: CRON_DENTRIES }] }],
    everyMatch: true,
  };
}
