import type { PolicyDefinition } from "../tracing-policy";

/**
 * Programs started from where anyone may write, or from memory. Tetragon reports every start of a process
 * without a policy; this one tells the ones apart that are no part of an image.
 */
export const processExec: PolicyDefinition = {
  name: "process-exec",
  scope: "pods-and-hosts",
  kprobes: () => [
    {
      call: "security_bprm_check",
      syscall: false,
      message: "Program started from a folder that anyone may write to, or from memory",
      tags: ["mitre.T1204", "mitre.T1059.004"],
      args: [{ index: 0, type: "linux_binprm" }],
      selectors: [
        {
          matchArgs: [
            {
              index: 0,
              operator: "Prefix",
              values: ["/tmp/", "/var/tmp/", "/dev/shm/", "/memfd:"],
            },
          ],
          // runc starts from a copy of itself in memory.
          matchBinaries: [
            { operator: "NotIn", values: ["/usr/bin/runc", "/usr/sbin/runc", "/usr/local/sbin/runc"] },
          ],
        },
      ],
    },
  ],
};
