import { FILE_ACCESS, inode, type Kprobe, MAY_WRITE, type PolicyDefinition } from "../tracing-policy";

const ESCAPE = ["mitre.T1611"];

/** CLONE_NEWNS, NEWCGROUP, NEWPID and NEWNET (linux/sched.h); user namespaces have a function of their own. */
const NEW_NAMESPACES = 0x00020000 + 0x02000000 + 0x20000000 + 0x40000000;

/** PTRACE_POKETEXT, POKEDATA, ATTACH and SEIZE (linux/ptrace.h): to write into another process. */
const PTRACE_REQUESTS = ["4", "5", "16", "16902"];

/**
 * Ways out of a container, refused calls included. No program is left out by its path, which is the attacker's to
 * choose: a runtime sets a container up before Tetragon takes it for a pod.
 */
export const containerEscapeMonitor: PolicyDefinition = {
  name: "container-escape-monitor",
  scope: "pods",
  seesSensors: true,
  kprobes: () => [
    ...namespaces(),
    ...mounts(),
    ...calls32(),
    ...disks(),
    ...firstProcess(),
    ...modules(),
    ...hostFiles(),
  ],
};

function namespaces(): Kprobe[] {
  return [
    {
      call: "sys_setns",
      syscall: true,
      message: "Namespace entered from a container",
      tags: ESCAPE,
      args: [
        { index: 0, type: "int" },
        { index: 1, type: "int" },
      ],
    },
    {
      call: "sys_unshare",
      syscall: true,
      message: "Namespace created in a container",
      tags: ESCAPE,
      args: [{ index: 0, type: "int" }],
      selectors: [{ matchArgs: [{ index: 0, operator: "Mask", values: [String(NEW_NAMESPACES)] }] }],
    },
    // What clone(2) and clone3(2) call, and fork(2) without a flag.
    {
      call: "copy_namespaces",
      syscall: false,
      message: "Namespace created in a container",
      tags: ESCAPE,
      args: [{ index: 0, type: "uint64" }],
      selectors: [{ matchArgs: [{ index: 0, operator: "Mask", values: [String(NEW_NAMESPACES)] }] }],
      ignore: { callNotFound: true },
    },
    // What all three call for a user namespace, alone or with others.
    {
      call: "create_user_ns",
      syscall: false,
      message: "User namespace created in a container",
      tags: ESCAPE,
      args: [],
      ignore: { callNotFound: true },
    },
  ];
}

// util-linux 2.39 and newer mounts by move_mount (util-linux/util-linux#2439).
function mounts(): Kprobe[] {
  const string = (index: number) => ({ index, type: "string" });
  return [
    {
      call: "sys_mount",
      syscall: true,
      message: "File system mounted in a container",
      tags: ESCAPE,
      args: [string(0), string(1), string(2)],
      everyMatch: true,
    },
    {
      call: "sys_move_mount",
      syscall: true,
      message: "File system mounted in a container",
      tags: ESCAPE,
      args: [string(1), string(3)],
      everyMatch: true,
    },
  ];
}

/**
 * The same calls in the processor's 32-bit mode, which have functions of their own on x86 and are not there on arm64.
 * Their arguments are in other registers, so none is read and each call counts: no image of today needs them.
 */
function calls32(): Kprobe[] {
  return ["setns", "unshare", "mount", "move_mount", "init_module", "finit_module"].map((name) => ({
    call: `__ia32_sys_${name}`,
    syscall: true,
    message: "Way out of a container tried by a 32-bit system call",
    tags: ESCAPE,
    args: [],
    ignore: { callNotFound: true },
  }));
}

/** A disk of the node, whatever its name: made, or opened. */
function disks(): Kprobe[] {
  return [
    {
      call: "security_inode_mknod",
      syscall: false,
      message: "Block device created in a container",
      tags: ESCAPE,
      args: [
        { index: 1, type: "dentry" },
        { index: 2, type: "uint16" },
      ],
      selectors: [
        {
          // S_IFBLK has both bits, S_IFCHR one and S_IFSOCK the other (linux/stat.h).
          matchArgs: ["16384", "8192"].map((bit) => ({ index: 2, operator: "Mask", values: [bit] })),
        },
      ],
      ignore: { callNotFound: true },
    },
    {
      call: "security_file_open",
      syscall: false,
      message: "Block device opened in a container",
      tags: ESCAPE,
      args: [{ index: 0, type: "file" }, inode()],
      selectors: [{ matchArgs: [{ index: 0, operator: "FileType", values: ["blk"] }] }],
    },
  ];
}

// As it is named to the system call, the container's own first process included. Once it is open its path is another:
// that of the host's file for /proc/1/root, "mnt:[4026531841]" for /proc/1/ns/mnt. A name has many forms
// (/proc/./1, relative ones); the policy process-access sees the host's first process by what is reached.
function firstProcess(): Kprobe[] {
  const parts = ["root", "cwd", "ns/", "fd/", "environ", "mem"];
  const values = ["/proc/1/", "/host/proc/1/"].flatMap((folder) => parts.map((part) => `${folder}${part}`));
  const open = (call: string, index = 1): Kprobe => ({
    call,
    syscall: true,
    message: "File of the first process opened in a container",
    tags: ESCAPE,
    args: [{ index, type: "string" }],
    selectors: [{ matchArgs: [{ index, operator: "Prefix", values }] }],
  });
  return [
    {
      call: "sys_ptrace",
      syscall: true,
      message: "Process traced for writing from a container",
      tags: ["mitre.T1055.008"],
      args: [
        { index: 0, type: "long" },
        { index: 1, type: "int" },
      ],
      selectors: [{ matchArgs: [{ index: 0, operator: "Equal", values: PTRACE_REQUESTS }] }],
    },
    // What musl calls where there is such a call (musl: src/internal/syscall.h, __sys_open); arm64 has only openat.
    { ...open("sys_open", 0), ignore: { callNotFound: true } },
    open("sys_openat"),
    open("sys_openat2"),
  ];
}

function modules(): Kprobe[] {
  const message = "Kernel module loaded from a container";
  const tags = ["mitre.T1547.006"];
  return [
    {
      call: "sys_init_module",
      syscall: true,
      message,
      tags,
      args: [
        { index: 1, type: "uint64" },
        { index: 2, type: "string" },
      ],
    },
    {
      call: "security_kernel_read_file",
      syscall: false,
      message,
      tags,
      args: [{ index: 0, type: "file" }, { index: 1, type: "int" }, inode()],
      // READING_MODULE (linux/kernel_read_file.h)
      selectors: [{ matchArgs: [{ index: 1, operator: "Equal", values: ["2"] }] }],
    },
  ];
}

/** Files through which the kernel starts a program on the host, or obeys. */
function hostFiles(): Kprobe[] {
  const values = [
    "/release_agent",
    "/sys/kernel/core_pattern",
    "/sys/kernel/modprobe",
    "/sys/kernel/uevent_helper",
    "/sysrq-trigger",
    "/binfmt_misc/register",
  ];
  return [
    {
      call: "security_file_permission",
      syscall: false,
      message: "File that makes the kernel start a program on the host written in a container",
      tags: ESCAPE,
      args: FILE_ACCESS,
      selectors: [
        {
          matchArgs: [
            { index: 0, operator: "Postfix", values },
            { index: 1, operator: "Equal", values: [MAY_WRITE] },
          ],
        },
      ],
    },
  ];
}
