/**
 * Words and limits of a TracingPolicy, by which a broken one is refused before it reaches the cluster: there
 * the API server knows only half of them, and a policy that Tetragon can't load just is not there (the
 * custom resource has no status).
 * Sources: the CRD and pkg/selectors/kernel.go, pkg/sensors/tracing/generickprobe.go of cilium/tetragon v1.7.1.
 */
export const LIMITS = {
  selectors: 5,
  /** matchArgs and matchData of one selector together, on kernels from 5.3. */
  matchArgs: 5,
  matchBinaries: 1,
  matchActions: 3,
  /** Of one filter on a number; InMap takes more. */
  numericValues: 4,
  args: 5,
  tags: 16,
  messageCharacters: 256,
  prefixCharacters: 256,
  postfixCharacters: 127,
} as const;

export const HOOKS = ["kprobes", "tracepoints", "lsmhooks", "uprobes", "usdts", "fentries"];

export const SPEC_KEYS = [
  ...HOOKS,
  ...[
    "podSelector",
    "containerSelector",
    "hostSelector",
    "options",
    "lists",
    "enforcers",
    "loader",
    "selectorsMacros",
  ],
];

export const SELECTOR_KEYS = words(
  `macros matchActions matchArgs matchBinaries matchCapabilities matchCapabilityChanges matchData
   matchNamespaceChanges matchNamespaces matchPIDs matchParentBinaries matchReturnActions matchReturnArgs`,
);

export const ACTIONS = words(
  `Post FollowFD UnfollowFD Sigkill CopyFD Override GetUrl DnsLookup NoPost Signal TrackSock UntrackSock
   NotifyEnforcer CleanupEnforcerNotification Set`,
);

/** Gone with 1.8. */
export const DEPRECATED_ACTIONS = ["FollowFD", "UnfollowFD", "CopyFD"];

export const ARG_OPERATORS = words(
  `Equal NotEqual Prefix NotPrefix Postfix NotPostfix GreaterThan LessThan GT LT Mask SPort NotSPort SPortPriv
   NotSportPriv DPort NotDPort DPortPriv NotDPortPriv SAddr NotSAddr DAddr NotDAddr Protocol Family State InMap
   NotInMap CapabilitiesGained InRange NotInRange SubString SubStringIgnCase CelExpr FileType NotFileType`,
);

/** Operators that need no value. */
export const OPERATORS_WITHOUT_VALUES = words(
  "SPortPriv NotSportPriv DPortPriv NotDPortPriv CapabilitiesGained",
);

/** Operators whose values are compared one by one in the kernel, where the number has a limit. */
export const FEW_VALUES_OPERATORS = words(
  "Equal NotEqual Mask GreaterThan LessThan GT LT InRange NotInRange",
);

export const BINARY_OPERATORS = words("In NotIn Prefix NotPrefix Postfix NotPostfix");

export const ARG_TYPES = words(
  `auto int sint8 int8 uint8 sint16 int16 uint16 uint32 sint32 int32 ulong uint64 size_t long sint64 int64 char_buf
   char_iovec skb sock sockaddr socket sockaddr_un string fd file filename path nop bpf_attr perf_event bpf_map
   user_namespace capability kiocb iov_iter cred const_buf load_info module syscall64 kernel_cap_t cap_inheritable
   cap_permitted cap_effective linux_binprm data_loc net_device bpf_cmd dentry bpf_prog`,
);

export const NUMERIC_TYPES = words(
  `int sint8 int8 uint8 sint16 int16 uint16 uint32 sint32 int32 ulong uint64 size_t long sint64 int64 syscall64`,
);

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
