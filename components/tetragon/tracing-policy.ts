/**
 * TracingPolicies as plain data, as far as the stack writes them; the CRD of the chart has the full type
 * (cilium/tetragon v1.7.1: crds-yaml/cilium.io_tracingpolicies.yaml).
 */
export interface TracingPolicySpec {
  podSelector?: LabelSelector;
  /** Only `{}`, which means all hosts, is supported. */
  hostSelector?: LabelSelector;
  options?: { name: string; value: string }[];
  kprobes?: Omit<Kprobe, "everyMatch">[];
  [hook: string]: unknown;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface Kprobe {
  call: string;
  /** False for a kernel function that is no system call. */
  syscall: boolean;
  /** At most 256 characters. */
  message: string;
  /** "mitre." and the ATT&CK technique, by which the document gets its `threat` fields. */
  tags: string[];
  /** At most 5. */
  args: Argument[];
  selectors?: Selector[];
  /** Reports every match, where arguments are long and matches are few: see {@link inode} for what a limit hides. */
  everyMatch?: boolean;
  ignore?: { callNotFound: boolean };
}

export interface Argument {
  /** Position in the function's signature; several arguments may be made of one. */
  index: number;
  type: string;
  /** A member below it, by the kernel's own type information: "f_inode.i_ino". */
  resolve?: string;
}

export interface Selector {
  /** ANDed; at most 5. */
  matchArgs?: ArgumentFilter[];
  /** At most one. The path is that of the file that runs, not the name that it was started by. */
  matchBinaries?: BinaryFilter[];
  matchParentBinaries?: BinaryFilter[];
  matchNamespaces?: { namespace: string; operator: string; values: string[] }[];
  matchActions?: { action: string; rateLimit?: string; rateLimitScope?: string }[];
}

export interface ArgumentFilter {
  /** The first of `args` with this index. */
  index?: number;
  /** A place in `args`, where two have the same index. */
  args?: [number];
  operator: string;
  values: string[];
}

export interface BinaryFilter {
  operator: string;
  values: string[];
}

/** What the stack config decides about the policies' contents. */
export interface PolicySettings {
  /** Networks that are no egress, in CIDR notation. */
  clusterCidrs: readonly string[];
}

/** One policy of the stack. */
export interface PolicyDefinition {
  name: string;
  /** Pods alone, or pods and what runs on the hosts. */
  scope: "pods" | "pods-and-hosts";
  /**
   * Whether it sees what sensors of the stack are there to do, like entering the host's namespaces. Their programs are
   * then left out, in the stack's own namespace alone.
   */
  seesSensors?: boolean;
  /** Whose repetition is one: of a process, unless each match is of a new process. */
  rateLimitScope?: "process" | "global";
  kprobes(settings: PolicySettings): Kprobe[];
}

/** Values of the second argument of `security_file_permission` (linux/fs.h). */
export const MAY_WRITE = "2";
export const MAY_READ = "4";

/** A file that is read or written: the arguments of `security_file_permission`. */
export const FILE_ACCESS: Argument[] = [{ index: 0, type: "file" }, { index: 1, type: "int" }, inode()];

/**
 * The file's number. It tells files apart that the rate limit would take for one, which compares the first 40 bytes of
 * each argument (cilium/tetragon v1.7.1, bpf/process/ratelimit_maps.h): paths below one long folder are the same there.
 * Confirm with the sensor: only a kernel shows that the member is found.
 */
export function inode(index = 0): Argument {
  return { index, type: "uint64", resolve: "f_inode.i_ino" };
}

/**
 * The device of the file's file system, which is another one in each container.
 * @param file the way to the file, where the argument is not the file itself: "file."
 */
export function device(file = ""): Argument {
  return { index: 0, type: "uint32", resolve: `${file}f_inode.i_sb.s_dev` };
}
