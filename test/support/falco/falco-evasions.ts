import type { FalcoEvent } from "./falco-evaluate";
import { APPLICATION, connected, IN_A_POD, IN_A_VOLUME, OPENED, spawned } from "./falco-events";

/** A way past the rules as they were, the rule that sees it now, and an event of it. */
export interface Evasion {
  /** As the table of components/falco/README.md has it. */
  evasion: string;
  rule: string;
  event: FalcoEvent;
}

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const TOKEN_READ = "Service account token read in container";
const CRON = "Cron file written";
const SHELL = "Shell without terminal started in container";
const ENTERED = "Namespace entered from container";
const DEVICE_MOUNT = "Host device mounted in container";
const DEVICE_OPEN = "Host device opened in container";

/** The token read by a program of the image that is at this path and was started under this name. */
const tokenRead = (exepath: string, args: string, change: FalcoEvent = {}): FalcoEvent => {
  const name = exepath.split("/").at(-1) ?? "";
  return {
    ...{ ...IN_A_POD, ...OPENED, "evt.is_open_read": true, "fd.name": TOKEN },
    ...{ "proc.exepath": exepath, "proc.name": name, "proc.args": args, "proc.cmdline": `${name} ${args}` },
    ...change,
  };
};
const cron = (change: FalcoEvent): FalcoEvent => ({ ...IN_A_POD, ...change });
const setns = (exepath: string, name: string, change: FalcoEvent = {}): FalcoEvent => ({
  ...{ ...IN_A_POD, "evt.type": "setns", "proc.exepath": exepath, "proc.name": name },
  ...change,
});
/** A shell whose parent, a program that was entered from outside, started it. */
const shellOf = (parent: string, args = "-c id"): FalcoEvent => ({
  ...spawned("sh", args),
  ...{ "proc.pname": parent, "proc.pvpid": 72, "proc.vpgid": 72 },
});
const mounted = (dev: string, type: string): FalcoEvent => ({
  ...{ ...IN_A_POD, "evt.type": "mount", "evt.arg.dev": dev, "evt.arg.type": type },
});
const opened = (file: string): FalcoEvent => ({
  ...{ ...IN_A_POD, ...OPENED, "evt.is_open_read": true, "fd.name": file, "proc.name": "dd" },
});

export const EVASIONS: readonly Evasion[] = [
  {
    evasion: "token through a symbolic link to the file or its folder",
    rule: "Service account token linked in container",
    event: { ...IN_A_POD, "evt.type": "symlink", "fs.path.target": TOKEN, "fs.path.source": "/tmp/t" },
  },
  {
    evasion: "token through `/proc/self/cwd` or an open descriptor of its folder",
    rule: TOKEN_READ,
    event: tokenRead("/usr/bin/cat", "", { "fd.name": "/proc/self/cwd/token" }),
  },
  {
    evasion: "token by `python3 -Ic`",
    rule: TOKEN_READ,
    event: tokenRead("/usr/bin/python3.11", "-Ic open(1)"),
  },
  {
    evasion: "token by a script on the standard input",
    rule: TOKEN_READ,
    event: tokenRead("/usr/local/bin/python3.13", ""),
  },
  {
    evasion: "token by `sort`, `install` and other tools",
    rule: TOKEN_READ,
    event: tokenRead("/usr/bin/sort", TOKEN),
  },
  {
    evasion: "a tool under another name, by a symbolic link",
    rule: TOKEN_READ,
    event: tokenRead("/usr/bin/base64", TOKEN, { "proc.name": "shop", "proc.cmdline": "shop" }),
  },
  {
    evasion: "a tool under another name, copied, renamed or hard-linked",
    rule: TOKEN_READ,
    event: tokenRead("/srv/shop2", "", { "proc.is_exe_upper_layer": true, "proc.is_exe_lower_layer": false }),
  },
  {
    evasion: "a tool started by the dynamic loader",
    rule: TOKEN_READ,
    event: tokenRead("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/srv/shop2"),
  },
  {
    evasion: "a program in an emptyDir",
    rule: "Program from a volume started in container",
    event: { ...spawned("tool", ""), ...IN_A_VOLUME },
  },
  {
    evasion: "reading and writing by `io_uring`",
    rule: "Asynchronous I/O ring set up in container",
    event: { ...IN_A_POD, ...APPLICATION, "evt.type": "io_uring_setup" },
  },
  {
    evasion: "a file by `open_by_handle_at`",
    rule: "File opened by handle in container",
    event: { ...IN_A_POD, ...APPLICATION, "evt.type": "open_by_handle_at" },
  },
  {
    evasion: "cron through a symbolic link",
    rule: CRON,
    event: cron({ "evt.type": "symlinkat", "fs.path.target": "/etc/cron.d", "fs.path.source": "/tmp/c" }),
  },
  {
    evasion: "cron through a hard link",
    rule: CRON,
    event: cron({ "evt.type": "linkat", "fs.path.target": "/etc/crontab", "fs.path.source": "/tmp/c" }),
  },
  {
    evasion: "cron on the host's /etc under another name, `/mnt/cron.d`",
    rule: CRON,
    event: cron({ ...OPENED, "evt.is_open_write": true, "fd.name": "/mnt/cron.d/job" }),
  },
  {
    evasion: "cron through `/proc/self/fd`",
    rule: "File opened through a descriptor in container",
    event: cron({ ...OPENED, "evt.is_open_write": true, "fd.name": "/proc/self/fd/3", "proc.name": "sh" }),
  },
  {
    evasion: "`crontab` with `-l` in a file's name",
    rule: "Crontab command run in container",
    event: spawned("crontab", "/tmp/my-list"),
  },
  { evasion: "shell by `timeout 5 sh -c`", rule: SHELL, event: shellOf("timeout") },
  {
    evasion: "shell by `busybox sh -c`",
    rule: SHELL,
    event: spawned("busybox", "sh -c id"),
  },
  {
    evasion: "shell that begins like a probe, `sh -c 'sleep 0; id'`",
    rule: SHELL,
    event: spawned("sh", "-c sleep 0; id"),
  },
  { evasion: "shell by `system()` of awk, python, perl", rule: SHELL, event: shellOf("awk") },
  {
    evasion: "shell under another name, by a symbolic link",
    rule: SHELL,
    event: { ...spawned("shop", "-c id"), "proc.exepath": "/usr/bin/dash" },
  },
  { evasion: "disk by `dd`", rule: DEVICE_OPEN, event: opened("/dev/sda") },
  {
    evasion: "disk by `mknod` under another name",
    rule: "Block device made in container",
    event: {
      ...IN_A_POD,
      "evt.type": "mknod",
      "evt.arg.mode": "S_IRUSR|S_IFCHR|S_IFBLK",
      "evt.arg.path": "/tmp/x",
    },
  },
  { evasion: "disk as `//dev/sda1`", rule: DEVICE_MOUNT, event: mounted("//dev/sda1", "ext4") },
  {
    evasion: "disk by a relative path, from within `/dev`",
    rule: DEVICE_MOUNT,
    event: mounted("vda1", "xfs"),
  },
  {
    evasion: "disk by `fsconfig`, without `move_mount`",
    rule: DEVICE_MOUNT,
    event: {
      ...{ ...IN_A_POD, "evt.type": "fsconfig", "evt.arg.key": "source" },
      "evt.arg.value_charbuf": "/dev/nvme0n1p1",
    },
  },
  {
    evasion: "file system by `fsmount`, without `move_mount`",
    rule: "File system mounted in container",
    event: { ...IN_A_POD, "evt.type": "fsmount" },
  },
  {
    evasion: "user namespace by `clone`",
    rule: "Namespace created by clone in container",
    event: { ...IN_A_POD, "evt.type": "clone", "evt.rawres": 9, "evt.arg.flags": "CLONE_NEWUSER" },
  },
  {
    evasion: "a tool that a symbolic link names `runc`",
    rule: ENTERED,
    event: setns("/usr/bin/nsenter", "runc", { "proc.cmdline": "runc -t 1 -m sh" }),
  },
  {
    evasion: "a tool that is copied to `/usr/bin/runc`, or named `runc-x`, `conmon`, `crun`",
    rule: ENTERED,
    event: setns("/usr/bin/runc", "runc", {
      "proc.is_exe_upper_layer": true,
      "proc.is_exe_lower_layer": false,
    }),
  },
  {
    evasion: "a tool that an image has at `/usr/bin/runc`",
    rule: ENTERED,
    event: setns("/usr/bin/runc", "runc", { "proc.aexepath[1]": "/bin/busybox" }),
  },
  {
    evasion: "a program in memory under the name of runc's copy",
    rule: "Program run from memory as the container runtime",
    event: {
      ...{ ...spawned("x", ""), "proc.pname": "python3", "proc.is_exe_from_memfd": true },
      "proc.exepath": "memfd:runc_cloned:/proc/self/exe",
    },
  },
  {
    evasion: "a datagram without a connection",
    rule: "Outbound connection to a non-cluster address",
    event: {
      ...connected("198.51.100.7", 53),
      ...{ "evt.type": "sendto", "fd.l4proto": "udp", "fd.connected": true, "fd.name_changed": true },
    },
  },
  {
    evasion: "a scan of closed ports",
    rule: "Refused connection attempted by hand in container",
    event: {
      ...{ ...IN_A_POD, "evt.type": "connect", "evt.rawres": -111, "evt.res": "ECONNREFUSED" },
      ...{ "evt.arg.addr": "10.1.2.3:22", "fd.typechar": 4, "proc.name": "nc" },
    },
  },
];

/** Everyday work that was an alert, and is none any more. */
export const EVERYDAY: readonly { what: string; rule: string; event: FalcoEvent }[] = [
  {
    what: "a probe by curl of its own container",
    rule: SHELL,
    event: spawned("sh", "-c curl -sf http://localhost:8080/healthz"),
  },
  {
    what: "a probe by mysqladmin",
    rule: SHELL,
    event: spawned("bash", "-ec mysqladmin -h 127.0.0.1 -u root ping"),
  },
  {
    what: "a probe by rabbitmq-diagnostics",
    rule: SHELL,
    event: spawned(
      "sh",
      "-ec rabbitmq-diagnostics -q check_running && rabbitmq-diagnostics -q check_local_alarms",
    ),
  },
  { what: "a preStop hook", rule: SHELL, event: spawned("sh", "-c sleep 10; nginx -s quit") },
  {
    what: "a script of the container starts a shell, below its first process",
    rule: SHELL,
    event: { ...spawned("sh", "-c id"), "proc.pname": "entrypoint.sh", "proc.pvpid": 1, "proc.vpgid": 1 },
  },
  {
    what: "an application with a terminal reads its own token",
    rule: TOKEN_READ,
    event: tokenRead("/app/shop", "", { "proc.tty": 34816, "proc.vpid": 1 }),
  },
  {
    what: "node with a module that is loaded before",
    rule: TOKEN_READ,
    event: tokenRead("/usr/local/bin/node", "-r ./tracing.js server.js"),
  },
  {
    what: "a script of python with an option -c of its own",
    rule: TOKEN_READ,
    event: tokenRead("/usr/local/bin/python3.12", "/usr/bin/gunicorn -c conf.py app"),
  },
  {
    what: "a job of kubectl in an image made for it",
    rule: TOKEN_READ,
    event: tokenRead("/usr/local/bin/kubectl", "get pods", {
      "container.image.repository": "registry.k8s.io/kubectl",
    }),
  },
  {
    what: "an image is unpacked by k3s",
    rule: CRON,
    event: {
      ...{ ...IN_A_POD, ...OPENED, "container.id": "host", "evt.is_open_write": true },
      ...{ "fd.name": "/var/lib/rancher/k3s/agent/containerd/snapshots/7/fs/etc/cron.daily/dpkg" },
      ...{ "proc.exepath": "/var/lib/rancher/k3s/data/1d5c/bin/containerd", "proc.name": "containerd" },
    },
  },
];
