import { realEvents } from "../tetragon/real-events";
import { type Case, cases } from "./case";

type Event = Record<string, unknown>;

const POD = {
  namespace: "shop",
  name: "web-7d9f5c6b8-x2x4z",
  uid: "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
  container: {
    id: `containerd://0f8ae74c4488${"ab".repeat(26)}`,
    name: "app",
    image: { id: "docker.io/library/alpine@sha256:0f8a", name: "docker.io/library/alpine:3.20" },
    start_time: "2026-07-03T14:00:00Z",
    pid: 31,
  },
  pod_labels: { "app.kubernetes.io/name": "web", tier: "front" },
  workload: "web",
  workload_kind: "Deployment",
};

const PROCESS = {
  exec_id: "bm9kZS0xOjEyMzQ1Njc4OTo0MjQy",
  pid: 4242,
  uid: 0,
  cwd: "/",
  binary: "/usr/bin/nsenter",
  arguments: "-t 1 -m sh",
  flags: "execve clone",
  start_time: "2026-07-03T14:36:13.8Z",
  auid: 4294967295,
  pod: POD,
  docker: "0f8ae74c4488aba",
  parent_exec_id: "bm9kZS0xOjEyMzQ1Njc4OTo0MjAw",
};

const PARENT = {
  exec_id: PROCESS.parent_exec_id,
  pid: 4200,
  uid: 0,
  binary: "/bin/sh",
  arguments: "-c nsenter",
};

function event(type: string, content: Event): (time: string) => Event {
  return (time) => ({ [type]: content, node_name: "node-1", time, cluster_name: "default" });
}

function kprobe(args: Event[], change: Event = {}): (time: string) => Event {
  return event("process_kprobe", {
    process: PROCESS,
    parent: PARENT,
    function_name: "__x64_sys_setns",
    args,
    action: "KPROBE_ACTION_POST",
    policy_name: "container-escape-monitor",
    message: "setns from container",
    tags: ["mitre.T1611"],
    ...change,
  });
}

/** Every kind of argument of cilium/tetragon v1.7 api/v1/tetragon/tetragon.proto, message KprobeArgument. */
const ARGUMENTS: Event[] = [
  { string_arg: "/proc/1/ns/mnt", label: "path" },
  { int_arg: 131072 },
  { skb_arg: { hash: 1, len: 60, saddr: "10.0.0.1", daddr: "10.0.0.2", sport: 4000, dport: 443, proto: 6 } },
  { size_arg: "18446744073709551615" },
  { bytes_arg: "AAEC/w==" },
  { path_arg: { path: "/etc/passwd", flags: "unresolvedPathComponents", permission: "-rw-r--r--" } },
  { file_arg: { path: "/etc/crontab", permission: "-rw-r--r--" } },
  { truncated_bytes_arg: { bytes_arg: "AAEC", orig_size: "4096" } },
  {
    sock_arg: {
      family: "AF_INET",
      protocol: "IPPROTO_TCP",
      saddr: "10.0.0.1",
      daddr: "1.1.1.1",
      sport: 4000,
      dport: 443,
      cookie: "18446616",
    },
  },
  { cred_arg: { permitted: ["CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN"] } },
  { long_arg: "-9223372036854775808" },
  { bpf_attr_arg: { ProgType: "BPF_PROG_TYPE_KPROBE", InsnCnt: 12, ProgName: "spy" } },
  { perf_event_arg: { KprobeFunc: "do_sys_open", Type: "PERF_TYPE_TRACEPOINT", ProbeOffset: "4" } },
  {
    bpf_map_arg: { MapType: "BPF_MAP_TYPE_HASH", KeySize: 4, ValueSize: 8, MaxEntries: 1024, MapName: "spy" },
  },
  { uint_arg: 4294967295 },
  { capability_arg: { value: 21, name: "CAP_SYS_ADMIN" } },
  { process_credentials_arg: { uid: 0, euid: 0, securebits: ["SecBitNoRoot"] } },
  { user_ns_arg: { level: 0, uid: 0, gid: 0, ns: { inum: 4026531837, is_host: true } } },
  { module_arg: { name: "rootkit", signature_ok: false, tainted: ["TAINT_OUT_OF_TREE_MODULE"] } },
  { kernel_cap_t_arg: "000001ffffffffff" },
  { linux_binprm_arg: { path: "/tmp/x", permission: "-rwxr-xr-x" } },
  { net_dev_arg: { name: "eth0" } },
  { bpf_cmd_arg: "BPF_PROG_LOAD" },
  { syscall_id: { id: 308, abi: "x64" } },
  { sockaddr_arg: { family: "AF_INET", addr: "1.1.1.1", port: 53 } },
  { error_arg: { Message: "could not be read" } },
  { sockaddrun_arg: { family: "AF_UNIX", path: "/run/containerd/containerd.sock" } },
  { bpf_prog_arg: { ProgType: "BPF_PROG_TYPE_KPROBE", InsnCnt: 12, ProgName: "spy" } },
  { user_namespace_arg: { level: 1, owner: 0, group: 0, ns: { inum: 4026531837, is_host: true } } },
  { cap_inheritable_arg: "0000000000000000" },
  { cap_permitted_arg: "000001ffffffffff" },
  { cap_effective_arg: "000001ffffffffff" },
];

function deepArgument(depth: number): Event {
  return depth === 0 ? { int_arg: 1 } : { inner: deepArgument(depth - 1) };
}

const { pod: _pod, docker: _docker, ...HOST_PROCESS } = PROCESS;

const withImage = (name: string, id = "x") => ({
  ...PROCESS,
  pod: { ...POD, container: { ...POD.container, image: { id, name } } },
});

const DIGEST = `sha256:${"0d17b565".repeat(8)}`;
const file = (path: string) => ({ file_arg: { path, permission: "-rw-r-----" } });

/** A process of a container whose pod Tetragon does not know, or not yet. */
const { pod: _unknown, ...WITHOUT_POD } = { ...PROCESS, docker: "85f791fd8dfa0b1c2d3e4f5a6b7c8d9" };

const by = (binary: string, process: Event = PROCESS) => ({ ...process, binary, arguments: undefined });

/** Matches that are often harmless, and others that look like them. */
const LESSER: [string, (time: string) => Event][] = [
  ["su with its container's passwords", "credential-access", by("/usr/bin/su"), file("/etc/shadow")],
  ["su with a host's passwords", "credential-access", by("/usr/bin/su"), file("/host/etc/shadow")],
  ["another su", "credential-access", by("/tmp/usr/bin/su"), file("/etc/shadow")],
  [
    "a host's package manager",
    "cron-persistence",
    by("/usr/bin/dpkg", HOST_PROCESS),
    file("/etc/cron.d/e2scrub.dpkg-new"),
  ],
  ["a container's package manager", "cron-persistence", by("/usr/bin/dpkg"), file("/etc/cron.d/x")],
  [
    "a package manager of an unknown container",
    "cron-persistence",
    by("/usr/bin/dpkg", WITHOUT_POD),
    file("/etc/cron.d/x"),
  ],
  [
    "a crontab that is edited on a host",
    "cron-persistence",
    by("/usr/bin/crontab", HOST_PROCESS),
    file("/var/spool/cron/tmp.1"),
  ],
  ["a library in /tmp", "process-exec", by("/usr/bin/java"), file("/tmp/libnetty.so"), "security_mmap_file"],
  [
    "a program in a home",
    "process-exec",
    by("/bin/sh"),
    { linux_binprm_arg: { path: "/home/a/x" } },
    "security_bprm_check",
  ],
  [
    "a program in /tmp",
    "process-exec",
    by("/bin/sh"),
    { linux_binprm_arg: { path: "/tmp/x" } },
    "security_bprm_check",
  ],
].map(([name, policy, process, arg, call = "security_file_permission"]) => [
  String(name),
  kprobe([arg as Event, { int_arg: 2 }], { policy_name: policy, process, function_name: call }),
]);

/** Of a real sensor, as it wrote them: each with its own time. */
export const REAL_TETRAGON: Case[] = realEvents().map(({ line, type, event: { process } }, i) => ({
  name: `${i + 1}: ${type} of ${process["binary"]}`,
  line,
  index: "events",
}));

export function realTimeOf(index: number): string {
  return realEvents()[index]!.time;
}

export const TETRAGON = cases(
  "events",
  [
    ["a process that starts", event("process_exec", { process: PROCESS, parent: PARENT })],
    [
      "a process that starts without arguments",
      event("process_exec", { process: { ...PROCESS, arguments: undefined }, parent: PARENT }),
    ],
    ["a process of the host", event("process_exec", { process: HOST_PROCESS, parent: PARENT })],
    [
      "a process that ends with a status",
      event("process_exit", {
        process: PROCESS,
        parent: PARENT,
        status: 137,
        time: "2026-07-03T14:36:13.8Z",
      }),
    ],
    [
      "a process that is ended by a signal",
      event("process_exit", { process: PROCESS, parent: PARENT, signal: "SIGKILL" }),
    ],
    ["a match of a policy", kprobe([{ int_arg: 3 }, { int_arg: 131072 }])],
    ["a match with every kind of argument", kprobe(ARGUMENTS)],
    [
      "a match with a return value and a stop",
      kprobe([], { return: { int_arg: -1 }, action: "KPROBE_ACTION_SIGKILL" }),
    ],
    [
      "a match on another architecture, without a message",
      kprobe([], { function_name: "__arm64_sys_setns", message: undefined, tags: undefined }),
    ],
    ["a match of a hook that is no system call", kprobe([], { function_name: "security_file_permission" })],
    [
      "a tracepoint",
      event("process_tracepoint", {
        process: PROCESS,
        parent: PARENT,
        subsys: "syscalls",
        event: "sys_enter_setns",
        args: [{ size_arg: "3" }],
        policy_name: "escape",
      }),
    ],
    [
      "an LSM hook",
      event("process_lsm", {
        process: PROCESS,
        parent: PARENT,
        function_name: "bprm_check_security",
        policy_name: "lsm",
        args: [],
      }),
    ],
    [
      "a uprobe",
      event("process_uprobe", {
        process: PROCESS,
        parent: PARENT,
        path: "/usr/lib/libssl.so",
        symbol: "SSL_write",
        policy_name: "tls",
      }),
    ],
    [
      "a library that is loaded",
      event("process_loader", { process: PROCESS, path: "/usr/lib/libc.so.6", buildid: "AAEC" }),
    ],
    [
      "events that Tetragon held back",
      event("process_throttle", { type: "THROTTLE_START", cgroup: "pod5c0a" }),
    ],
    [
      "the next one of another container at the same moment of the day",
      event("process_throttle", {
        type: "THROTTLE_STOP",
        cgroup: `cri-containerd-${"85f791fd".repeat(8)}.scope`,
      }),
    ],
    ["events that Tetragon held back, without a word more", event("process_throttle", {})],
    ["events that Tetragon dropped, without a number", event("rate_limit_info", {})],
    ["a test of the way", event("test", { arg0: "1", arg1: "2" })],
    [
      "a USDT probe",
      event("process_usdt", {
        process: PROCESS,
        parent: PARENT,
        path: "/usr/bin/node",
        provider: "node",
        name: "http__server__request",
        policy_name: "http",
        args: [{ long_arg: "4" }],
        action: "KPROBE_ACTION_SET",
        flags: "gcc",
      }),
    ],
    [
      "a place in a program without a symbol",
      event("process_uprobe", {
        process: PROCESS,
        path: "/usr/bin/x",
        offset: "18446744073709551615",
        policy_name: "x",
        data: [{ string_arg: "y" }],
      }),
    ],
    [
      "an LSM hook with the hash of the file",
      event("process_lsm", {
        process: PROCESS,
        function_name: "file_open",
        policy_name: "lsm",
        args: [file("/usr/bin/x")],
        ima_hash: `sha256:${"ab".repeat(32)}`,
        action: "KPROBE_ACTION_OVERRIDE",
      }),
    ],
    [
      "a match with what was done on the return, and where it was called from",
      kprobe([], {
        return_action: "KPROBE_ACTION_SIGKILL",
        kernel_stack_trace: [{ offset: "12", symbol: "__x64_sys_setns" }],
        user_stack_trace: [{ address: "140000000000000", module: "/usr/bin/x" }],
        ancestors: [PARENT],
      }),
    ],
    [
      "a match of an old call of the processor",
      kprobe([], { function_name: "__ia32_sys_setns", message: undefined }),
    ],
    [
      "a process of a container without a pod",
      event("process_exec", { process: WITHOUT_POD, parent: PARENT }),
    ],
    ["a match in a container without a pod", kprobe([], { process: WITHOUT_POD })],
    [
      "a process without a binary",
      event("process_exec", { process: { ...PROCESS, binary: undefined }, parent: PARENT }),
    ],
    [
      "a match by a process of which nothing is known",
      kprobe([], { process: { exec_id: "eA==", pid: 7 }, parent: undefined, message: undefined }),
    ],
    [
      "a match that has no process",
      kprobe([], { process: undefined, parent: undefined, message: undefined }),
    ],
    ["an image that is only a digest", event("process_exec", { process: withImage(DIGEST) })],
    [
      "an image that is a digest, whose id has the name",
      event("process_exec", {
        process: withImage(DIGEST, `docker-pullable://docker.io/library/nginx@${DIGEST}`),
      }),
    ],
    [
      "a program that was started from memory",
      event("process_exec", {
        process: {
          ...PROCESS,
          binary: "/proc/self/fd/3",
          binary_properties: { file: { inode: { number: "45021", links: 0 } } },
        },
      }),
    ],
    ...LESSER,
    ["events that Tetragon dropped", event("rate_limit_info", { number_of_dropped_process_events: "1000" })],
    [
      "an image with a port and a digest",
      event("process_exec", { process: withImage("registry.local:5000/team/app:1.2@sha256:0f8a") }),
    ],
    [
      "an image with a digest only",
      event("process_exec", { process: withImage("registry.local:5000/team/app@sha256:0f8a") }),
    ],
    [
      "a process of a pod of which only the container is known, and that by name",
      event("process_exec", {
        process: { ...PROCESS, docker: "", pod: { container: { id: "", image: { id: "", name: "" } } } },
      }),
    ],
    ["an argument 1500 maps deep", kprobe([deepArgument(1500)])],
    ["an argument with a NUL in a key", kprobe([{ "a\u0000b": 1 }])],
    ["tags with a list in them", kprobe([], { tags: ["mitre.T1611", ["mitre.T1068"]] })],
    ["several techniques", kprobe([], { tags: ["mitre.T1611", "mitre.T1068", "observability.filesystem"] })],
    [
      "text that is not ASCII",
      event("process_exec", { process: { ...PROCESS, arguments: "\uba85\ub839 \u{20bb7}" } }),
    ],
    [
      "what a sensor's own pod did",
      event("process_exec", {
        process: { ...PROCESS, pod: { ...POD, namespace: "security-system", name: "tetragon-9qv4d" } },
      }),
    ],
  ],
  (value) => JSON.stringify(value),
);
