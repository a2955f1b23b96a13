import { device, inode, type Kprobe, type PolicyDefinition } from "../tracing-policy";
import { HOME_FOLDERS, HOST_RUNTIMES, INTERPRETERS, SHELLS, WRITABLE_FOLDERS } from "./programs";

/** The file's own name: of a program in memory its path is empty, and this is `memfd:` and the name that it was given. */
const FILE_NAME = { index: 0, type: "string", resolve: "file.f_path.dentry.d_name.name" };

const IN_MEMORY = { args: [1] as [number], operator: "Prefix", values: ["memfd:"] };

const inHostNamespace = (operator: "In" | "NotIn") => [{ namespace: "Mnt", operator, values: ["host_ns"] }];

/**
 * Programs started from where anyone may write, or from memory. Tetragon reports every start of a process
 * without a policy; this one tells the ones apart that are no part of an image.
 */
export const processExec: PolicyDefinition = {
  name: "process-exec",
  scope: "pods-and-hosts",
  // Every start is a new process: by process, a loop over one program would be reported as often as it turns. The file
  // and its device are compared too, so that no container's program hides another's.
  rateLimitScope: "global",
  kprobes: () => [started(), mapped(), scriptRead()],
};

function started(): Kprobe {
  return {
    call: "security_bprm_check",
    syscall: false,
    message: "Program started from a folder that anyone may write to, or from memory",
    tags: ["mitre.T1204", "mitre.T1059.004"],
    args: [{ index: 0, type: "linux_binprm" }, FILE_NAME, device("file.")],
    selectors: [
      { matchArgs: [{ index: 0, operator: "Prefix", values: [...WRITABLE_FOLDERS] }] },
      { matchArgs: [{ index: 0, operator: "Prefix", values: [...HOME_FOLDERS] }] },
      // runc starts from a copy of itself in memory, while it is in the host's mount namespace.
      { matchArgs: [IN_MEMORY], matchNamespaces: inHostNamespace("NotIn") },
      {
        matchArgs: [IN_MEMORY],
        matchNamespaces: inHostNamespace("In"),
        matchBinaries: [{ operator: "NotIn", values: [...HOST_RUNTIMES] }],
      },
    ],
  };
}

/** A library, or a program that is started by the dynamic linker. Of a program that lies there itself, its start is seen. */
function mapped(): Kprobe {
  return {
    call: "security_mmap_file",
    syscall: false,
    message: "Code loaded from a folder that anyone may write to",
    tags: ["mitre.T1204", "mitre.T1059.004"],
    args: [{ index: 0, type: "file" }, { index: 1, type: "uint64" }, inode(), device()],
    selectors: [
      {
        matchArgs: [
          { index: 0, operator: "Prefix", values: [...WRITABLE_FOLDERS] },
          // PROT_EXEC (linux/mman-common.h)
          { index: 1, operator: "Mask", values: ["4"] },
        ],
        matchBinaries: [{ operator: "NotPrefix", values: [...WRITABLE_FOLDERS] }],
      },
    ],
  };
}

/** What a shell reads there may be its script; of interpreters, which keep data there, what is named like one. */
function scriptRead(): Kprobe {
  const there = { index: 0, operator: "Prefix", values: [...WRITABLE_FOLDERS] };
  const scripts = [".js", ".lua", ".php", ".pl", ".py", ".rb", ".sh"];
  return {
    call: "security_file_open",
    syscall: false,
    message: "Script in a folder that anyone may write to, opened by a shell or an interpreter",
    tags: ["mitre.T1059.004", "mitre.T1204"],
    args: [{ index: 0, type: "file" }, inode(), device()],
    selectors: [
      { matchArgs: [there], matchBinaries: [{ operator: "In", values: [...SHELLS] }] },
      {
        matchArgs: [there, { index: 0, operator: "Postfix", values: scripts }],
        matchBinaries: [{ operator: "Prefix", values: [...INTERPRETERS] }],
      },
    ],
  };
}
