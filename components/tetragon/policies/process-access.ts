import type { PolicyDefinition } from "../tracing-policy";

// PTRACE_MODE_READ and PTRACE_MODE_ATTACH, each with _FSCREDS or _REALCREDS (linux/ptrace.h). Without _NOAUDIT, by which
// a look at /proc/<pid>/stat, as of `ps`, asks.
const READ = ["9", "17"];
const ATTACH = ["10", "18"];

/**
 * Other processes' memory and the host's first process, by what is reached and not by a path: the kernel asks this
 * function for /proc/<pid>/{root,cwd,fd,ns,environ,maps,mem}, ptrace(2), process_vm_readv(2) and process_vm_writev(2),
 * pidfd_getfd(2) and setns(2) with a pidfd, in every mode of the processor (kernel/ptrace.c, __ptrace_may_access); not
 * within one process, and not where the user may not anyway. A policy of its own: should a kernel not have it, the
 * others load all the same.
 */
export const processAccess: PolicyDefinition = {
  name: "process-access",
  scope: "pods",
  seesSensors: true,
  kprobes: () => [
    {
      call: "security_ptrace_access_check",
      syscall: false,
      message: "Memory of another process, or files of the host's first process, opened in a container",
      tags: ["mitre.T1611", "mitre.T1055.008"],
      args: [
        // The process's number as the host counts: 1 is the host's first process, and never a container's.
        // Confirm with the sensor.
        { index: 0, type: "int", resolve: "tgid" },
        { index: 1, type: "uint32" },
      ],
      selectors: [
        {
          matchArgs: [
            { index: 0, operator: "Equal", values: ["1"] },
            { index: 1, operator: "Equal", values: [...READ, ...ATTACH] },
          ],
        },
        { matchArgs: [{ index: 1, operator: "Equal", values: ATTACH }] },
      ],
    },
  ],
};
