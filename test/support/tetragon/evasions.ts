import type { Call } from "./selectors";

/** A way around a policy, and the calls by which some policy sees it all the same. */
export interface Evasion {
  /** As the table in components/tetragon/README.md has it. */
  name: string;
  policy: string;
  calls: Call[];
}

const SH = "/usr/bin/dash";
const SHARED = 1;
const TOKEN = "/run/secrets/kubernetes.io/serviceaccount/..2026_11_28/token";
const READ = 4;
const WRITE = 2;
const OUTSIDE = "192.0.2.10";

const renamedTo = (path: string): Call => ({
  call: "security_inode_rename",
  args: [path],
  binary: "/usr/bin/mv",
});
const setns = (binary: string): Call => ({ call: "sys_setns", args: [3, 0x20000], binary });

export const EVASIONS: readonly Evasion[] = [
  {
    name: "a program in memory",
    policy: "process-exec",
    calls: [
      { call: "security_bprm_check", args: ["", "memfd:ctem", 5], binary: "/usr/bin/python3.12" },
      {
        call: "security_bprm_check",
        args: ["", "memfd:ctem", 5],
        binary: "/usr/bin/python3.12",
        onHost: true,
      },
      {
        call: "security_bprm_check",
        args: ["", "memfd:runc_cloned:/proc/self/exe", 5],
        binary: "/usr/bin/runc",
      },
    ],
  },
  {
    name: "a program named like the container runtime",
    policy: "container-escape-monitor",
    calls: ["/runc", "/usr/local/bin/runc", "/usr/bin/runc", "/proc/self/exe", "/tmp/crun"].flatMap(
      (binary) => [
        setns(binary),
        { call: "sys_unshare", args: [0x20000], binary },
        { call: "sys_mount", args: ["proc", "/mnt", "proc"], binary },
        { call: "sys_openat", args: ["/proc/1/root/etc/shadow"], binary },
      ],
    ),
  },
  {
    name: "another name for /proc/1",
    policy: "process-access",
    // /proc/./1/root, /proc/self/../1/root, "cd /proc/1; cat root/...": all of them end here.
    calls: [
      { call: "security_ptrace_access_check", args: [1, 9], binary: "/usr/bin/cat" },
      { call: "security_ptrace_access_check", args: [1, 17], binary: "/usr/bin/nsenter" },
    ],
  },
  {
    name: "a tool by another name of Debian's",
    policy: "suspicious-egress",
    calls: ["nc.openbsd", "nc.traditional", "telnet.netkit", "inetutils-telnet", "busybox"].map((name) => ({
      call: "tcp_connect",
      args: [OUTSIDE],
      binary: `/usr/bin/${name}`,
    })),
  },
  {
    name: "32-bit system calls",
    policy: "container-escape-monitor",
    calls: [
      ...["setns", "unshare", "mount", "move_mount", "init_module", "finit_module"].map((name) => ({
        call: `__ia32_sys_${name}`,
        binary: "/app/x",
      })),
    ],
  },
  {
    name: "clone or clone3 instead of unshare",
    policy: "container-escape-monitor",
    calls: [
      { call: "copy_namespaces", args: [0x20000 | 0x10000000], binary: "/app/x" },
      { call: "create_user_ns", binary: "/app/x" },
    ],
  },
  {
    name: "process_vm_writev instead of ptrace",
    policy: "process-access",
    calls: [{ call: "security_ptrace_access_check", args: [4711, 18], binary: "/app/x" }],
  },
  {
    name: "a disk by mknod and dd",
    policy: "container-escape-monitor",
    calls: [
      { call: "security_inode_mknod", args: ["/tmp/sda", 0o60644], binary: "/usr/bin/mknod" },
      { call: "security_file_open", args: ["blk:/tmp/sda", 1], binary: "/usr/bin/dd" },
    ],
  },
  {
    name: "a program in /home",
    policy: "process-exec",
    calls: ["/home/a/x", "/root/x"].map((path) => ({
      call: "security_bprm_check",
      args: [path, "x", 5],
      binary: SH,
    })),
  },
  {
    name: "a script in /tmp given to a shell",
    policy: "process-exec",
    calls: [
      { call: "security_file_open", args: ["/tmp/x.sh", 1, 5], binary: "/bin/busybox" },
      { call: "security_file_open", args: ["/dev/shm/x", 1, 5], binary: SH },
      { call: "security_file_open", args: ["/tmp/x.py", 1, 5], binary: "/usr/bin/python3.12" },
    ],
  },
  {
    name: "a program in /tmp given to the dynamic linker",
    policy: "process-exec",
    calls: [
      {
        call: "security_mmap_file",
        args: ["/tmp/t", 5, 1, 5],
        binary: "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
      },
    ],
  },
  {
    name: "a token read by other tools",
    policy: "credential-access",
    calls: [
      { call: "security_file_permission", args: [TOKEN, READ, 1], binary: "/usr/bin/sort" },
      { call: "security_file_permission", args: [TOKEN, READ, 1], binary: "/usr/bin/install" },
      { call: "security_file_permission", args: [TOKEN, READ, 1], binary: "/usr/bin/python3.12", parent: SH },
      { call: "security_file_permission", args: [TOKEN, READ, 1], binary: "/tmp/renamed", parent: SH },
    ],
  },
  {
    name: "credentials mapped into memory",
    policy: "credential-access",
    calls: [
      { call: "security_mmap_file", args: ["/etc/shadow", 1, 1], binary: "/app/x" },
      { call: "security_mmap_file", args: [TOKEN, 1, 1], binary: "/app/x", parent: "/bin/busybox" },
      { call: "security_mmap_file", args: ["/home/a/.ssh/id_ed25519", 1, 1], binary: "/app/x" },
    ],
  },
  {
    name: "a key renamed or linked before it is read",
    policy: "credential-access",
    calls: [
      { call: "security_inode_rename", args: ["/home/a/.ssh/id_rsa"], binary: "/usr/bin/mv" },
      { call: "security_inode_link", args: ["/etc/shadow"], binary: "/usr/bin/ln" },
    ],
  },
  {
    name: "a cron file written by mmap",
    policy: "cron-persistence",
    calls: [{ call: "security_mmap_file", args: ["/etc/crontab", 3, SHARED, 1], binary: "/app/x" }],
  },
  {
    name: "a cron file put in place by a relative name",
    policy: "cron-persistence",
    calls: [
      renamedTo("/etc/cron.d/x"),
      { call: "security_inode_symlink", args: ["/var/spool/cron/crontabs/root"], binary: "/usr/bin/ln" },
      { call: "security_inode_link", args: ["/spool/cron/root"], binary: "/usr/bin/ln" },
    ],
  },
  {
    name: "the host's cron files under a mount",
    policy: "cron-persistence",
    calls: [
      { call: "security_file_permission", args: ["/node/etc/cron.d/x", WRITE, 1], binary: SH },
      { call: "security_file_permission", args: ["/mnt/etc/crontab", WRITE, 1], binary: SH },
      { call: "security_file_open", args: ["/a/b/etc/crontab", "/etc/crontab", 2, 1], binary: SH },
      { call: "security_file_open", args: ["/a/b/crontab", "/@/etc/crontab", 0x4801f, 1], binary: SH },
      renamedTo("/@rootfs/etc/cron.d/x"),
    ],
  },
  {
    name: "egress by an interpreter that a shell starts",
    policy: "suspicious-egress",
    calls: [{ call: "tcp_connect", args: [OUTSIDE], binary: "/usr/bin/python3.12", parent: SH }],
  },
  {
    name: "egress by a copied tool",
    policy: "suspicious-egress",
    calls: ["/tmp/c", "/opt/curl", "/home/a/c", "/memfd:c (deleted)"].map((binary) => ({
      call: "tcp_connect",
      args: [OUTSIDE],
      binary,
    })),
  },
  {
    name: "egress by UDP",
    policy: "suspicious-egress",
    calls: [
      { call: "ip4_datagram_connect", args: [OUTSIDE], binary: "/usr/bin/nc.openbsd" },
      { call: "ip6_datagram_connect", args: ["2001:db8::1"], binary: "/usr/bin/socat" },
    ],
  },
];

/** What must stay quiet: it is what containers and their runtime do all day. */
export const EVERYDAY: readonly [string, Call][] = [
  [
    "runc that starts itself from memory on a host",
    {
      call: "security_bprm_check",
      args: ["", "memfd:runc_cloned:/proc/self/exe", 5],
      binary: "/usr/sbin/runc",
      onHost: true,
    },
  ],
  ["a thread that is started", { call: "copy_namespaces", args: [0x3d0f00], binary: "/app/server" }],
  ["a process that is forked", { call: "copy_namespaces", args: [0x1200011], binary: "/app/server" }],
  [
    "an application that reads its token",
    { call: "security_file_permission", args: [TOKEN, READ, 1], binary: "/app/server" },
  ],
  [
    "a Python application that reads its token",
    {
      call: "security_file_permission",
      args: [TOKEN, READ, 1],
      binary: "/usr/local/bin/python3.12",
      parent: "/usr/bin/containerd-shim-runc-v2",
    },
  ],
  ["an application that calls another", { call: "tcp_connect", args: [OUTSIDE], binary: "/app/server" }],
  ["curl within the cluster", { call: "tcp_connect", args: ["10.96.0.1"], binary: "/usr/bin/curl" }],
  ["DNS within the cluster", { call: "ip4_datagram_connect", args: ["10.96.0.10"], binary: "/usr/bin/curl" }],
  [
    "ps, which looks at all processes",
    { call: "security_ptrace_access_check", args: [1, 13], binary: "/usr/bin/ps" },
  ],
  [
    "a container's own first process, looked at",
    { call: "security_ptrace_access_check", args: [4711, 9], binary: "/usr/bin/cat" },
  ],
  [
    "a socket that is bound to a path",
    { call: "security_inode_mknod", args: ["/run/x.sock", 0o140777], binary: "/app/server" },
  ],
  [
    "a terminal that is made",
    { call: "security_inode_mknod", args: ["/dev/tty", 0o20666], binary: "/app/server" },
  ],
  [
    "a library of the image",
    { call: "security_mmap_file", args: ["/usr/lib/libc.so.6", 5, 1, 5], binary: "/app/server" },
  ],
  [
    "the system's crontab that is read",
    { call: "security_file_permission", args: ["/etc/crontab", READ, 1], binary: "/usr/sbin/cron" },
  ],
  [
    "cron's reading by another way",
    { call: "security_file_open", args: ["/etc/crontab", "/etc/crontab", 0x1d, 1], binary: "/usr/sbin/cron" },
  ],
  [
    "an sshd that reads its key",
    { call: "security_file_permission", args: ["/etc/ssh/id_ed25519", READ, 1], binary: "/usr/sbin/sshd" },
  ],
];
