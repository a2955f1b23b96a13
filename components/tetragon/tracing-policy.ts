/**
 * TracingPolicies as plain data, as far as the stack writes them; the CRD of the chart has the full type
 * (cilium/tetragon v1.7.1: crds-yaml/cilium.io_tracingpolicies.yaml).
 */
export interface TracingPolicySpec {
  podSelector?: LabelSelector;
  /** Only `{}`, which means all hosts, is supported. */
  hostSelector?: LabelSelector;
  options?: { name: string; value: string }[];
  kprobes?: Kprobe[];
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
  args: { index: number; type: string }[];
  selectors?: Selector[];
  ignore?: { callNotFound: boolean };
}

export interface Selector {
  /** ANDed; at most 5. */
  matchArgs?: { index: number; operator: string; values: string[] }[];
  /** At most one. */
  matchBinaries?: { operator: string; values: string[] }[];
  matchActions?: { action: string; rateLimit?: string; rateLimitScope?: string }[];
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
  kprobes(settings: PolicySettings): Kprobe[];
}

/** Values of the second argument of `security_file_permission` (linux/fs.h). */
export const MAY_WRITE = "2";
export const MAY_READ = "4";
