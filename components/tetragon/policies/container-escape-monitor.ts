import { type Kprobe, MAY_WRITE, type PolicyDefinition } from "../tracing-policy";
import { CONTAINER_RUNTIMES } from "./programs";

const ESCAPE = ["mitre.T1611"];

const notTheRuntime = { matchBinaries: [{ operator: "NotIn", values: [...CONTAINER_RUNTIMES] }] };

/** CLONE_NEWNS, NEWCGROUP, NEWUSER, NEWPID and NEWNET (linux/sched.h). */
const NEW_NAMESPACES = 0x00020000 + 0x02000000 + 0x10000000 + 0x20000000 + 0x40000000;

/** PTRACE_POKETEXT, POKEDATA, ATTACH and SEIZE (linux/ptrace.h): to write into another process. */
const PTRACE_REQUESTS = ["4", "5", "16", "16902"];

/** Ways out of a container, refused calls included. */
export const containerEscapeMonitor: PolicyDefinition = {
  name: "container-escape-monitor",
  scope: "pods",
  kprobes: () => [...namespaces(), ...mounts(), ...otherProcesses(), ...modules(), ...hostFiles()],
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
      selectors: [notTheRuntime],
    },
    {
      call: "sys_unshare",
      syscall: true,
      message: "Namespace created in a container",
      tags: ESCAPE,
      args: [{ index: 0, type: "int" }],
      selectors: [
        {
          matchArgs: [{ index: 0, operator: "Mask", values: [String(NEW_NAMESPACES)] }],
          ...notTheRuntime,
        },
      ],
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
      selectors: [notTheRuntime],
    },
    {
      call: "sys_move_mount",
      syscall: true,
      message: "File system mounted in a container",
      tags: ESCAPE,
      args: [string(1), string(3)],
      selectors: [notTheRuntime],
    },
  ];
}

// A file below /proc/1 is named to the system call; once it is open its path is another: that of the host's
// file for /proc/1/root, "mnt:[4026531841]" for /proc/1/ns/mnt.
function otherProcesses(): Kprobe[] {
  const parts = ["root", "cwd", "ns/", "fd/", "environ", "mem"];
  const values = ["/proc/1/", "/host/proc/1/"].flatMap((folder) => parts.map((part) => `${folder}${part}`));
  const open = (call: string, index = 1): Kprobe => ({
    call,
    syscall: true,
    message: "File of the first process opened in a container",
    tags: ESCAPE,
    args: [{ index, type: "string" }],
    selectors: [{ matchArgs: [{ index, operator: "Prefix", values }], ...notTheRuntime }],
  });
  return [
    {
      call: "sys_ptrace",
      syscall: true,
      message: "Process traced for writing from a container",
      tags: ["mitre.T1055.008"],
      args: [
        { index: 0, type: "uint64" },
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
      args: [
        { index: 0, type: "file" },
        { index: 1, type: "int" },
      ],
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
      args: [
        { index: 0, type: "file" },
        { index: 1, type: "int" },
      ],
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
