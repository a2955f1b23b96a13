import type { FalcoEvent } from "./falco-evaluate";

export interface RuleSamples {
  /** The rule fires for each. */
  fires: Record<string, FalcoEvent>;
  /** It is silent for the first of those with this one difference. */
  silent: Record<string, FalcoEvent>;
}

export const STACK = { "k8s.ns.name": "security-pipeline" };
export const ON_THE_NODE = { "container.id": "host" };

/** Someone at work in a pod of a shop, without a terminal. */
export const IN_A_POD: FalcoEvent = {
  "container.id": "0f8ae74c4488",
  "container.image.repository": "docker.io/library/alpine",
  "evt.rawres": 0,
  "evt.res": "SUCCESS",
  "k8s.ns.name": "shop",
  "proc.args": "",
  "proc.cmdline": "busybox",
  "proc.exepath": "/bin/busybox",
  "proc.is_exe_from_memfd": false,
  "proc.is_exe_lower_layer": true,
  "proc.is_exe_upper_layer": false,
  "proc.name": "busybox",
  "proc.pcmdline": "runc",
  "proc.pname": "runc",
  "proc.tty": 0,
  "proc.vpid": 7,
};
export const OPENED: FalcoEvent = { "evt.type": "openat", "fd.typechar": "f", "fd.num": 3 };

/** The container runtime itself, from the node's disk, while it is counted to the container. */
export const RUNTIME: FalcoEvent = {
  "proc.exepath": "/usr/sbin/runc",
  "proc.is_exe_lower_layer": false,
  "proc.name": "runc:[2:INIT]",
};
/** A program of the image that nobody starts by hand. */
export const APPLICATION: FalcoEvent = { "proc.exepath": "/usr/local/bin/shop", "proc.name": "shop" };

export const spawned = (name: string, args: string): FalcoEvent => ({
  ...IN_A_POD,
  "evt.type": "execve",
  "proc.name": name,
  "proc.args": args,
  "proc.cmdline": `${name} ${args}`,
});
const FAILED_TO_START = { "evt.rawres": -2, "evt.res": "ENOENT" };

/** The address of the API server as the samples' stack has it: one in the cluster, one of a managed control plane. */
export const API_ADDRESSES = ["10.96.0.1", "203.0.113.10"];

export const connected = (address: string, port: number): FalcoEvent => ({
  ...IN_A_POD,
  "evt.type": "connect",
  "fd.l4proto": "tcp",
  "fd.sip": address,
  "fd.snet": address,
  "fd.sport": port,
  "fd.typechar": 4,
  "proc.exepath": "/usr/bin/curl",
  "proc.name": "curl",
});
const to = (address: string): FalcoEvent => ({ "fd.sip": address, "fd.snet": address });

const refused = (address: string): FalcoEvent => ({
  ...{ ...IN_A_POD, "evt.type": "connect", "evt.rawres": -111, "evt.res": "ECONNREFUSED" },
  ...{ "evt.arg.addr": address, "fd.l4proto": "tcp", "fd.typechar": 4 },
});
const KUBECTL: FalcoEvent = { "proc.exepath": "/usr/local/bin/kubectl", "proc.name": "kubectl" };
const NETWORK_PLUGIN: FalcoEvent = {
  ...{ "k8s.ns.name": "kube-system", "proc.exepath": "/usr/bin/cilium-agent", "proc.name": "cilium-agent" },
};
const MOUNT_OF_SYSTEM: FalcoEvent = { "k8s.ns.name": "kube-system", "proc.exepath": "/usr/bin/mount" };
const RUNTIME_COPY: FalcoEvent = {
  ...{ ...RUNTIME, "proc.exepath": "memfd:runc_cloned:/proc/self/exe", "proc.is_exe_from_memfd": true },
  "proc.aexepath[1]": "/usr/sbin/runc",
};
/** A program in an emptyDir, two minutes younger than the container. */
export const IN_A_VOLUME: FalcoEvent = {
  ...{ "proc.exepath": "/work/tool", "proc.is_exe_lower_layer": false, "proc.is_exe_upper_layer": false },
  "proc.exe_ino.ctime_duration_pidns_start": 120_000_000_000,
};

/** A silent sample for every condition of each rule, and for its exceptions. */
export const SAMPLES: Readonly<Record<string, RuleSamples>> = {
  "Service account token read in container": {
    fires: {
      "cat of the token": {
        ...{ ...IN_A_POD, ...OPENED },
        ...{ "evt.is_open_read": true, "proc.name": "cat" },
        "fd.name": "/var/run/secrets/kubernetes.io/serviceaccount/token",
      },
    },
    silent: {
      "it is opened for writing": { "evt.is_open_read": false, "evt.is_open_write": true },
      "on the node": ON_THE_NODE,
      "the CA beside it": { "fd.name": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" },
      "a controller reads its own": { "proc.exepath": "/manager", "proc.name": "manager" },
      "a pod of the stack": STACK,
      "kubectl of an add-on manager": { ...KUBECTL, "k8s.ns.name": "kube-system" },
    },
  },
  "Service account token linked in container": {
    fires: {
      "a link to the file": {
        ...IN_A_POD,
        ...{ "evt.type": "symlinkat", "fs.path.source": "/tmp/t" },
        "fs.path.target": "/var/run/secrets/kubernetes.io/serviceaccount/token",
      },
      "a link to the folder": {
        ...IN_A_POD,
        ...{ "evt.type": "symlink", "fs.path.source": "/tmp/d" },
        "fs.path.target": "/run/secrets/kubernetes.io/serviceaccount",
      },
    },
    silent: {
      "a rename": { "evt.type": "renameat2" },
      "on the node, where the kubelet makes its own": ON_THE_NODE,
      "a link to something else": { "fs.path.target": "/etc/nginx/sites-available/shop" },
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
    },
  },
  "Cron file written": {
    fires: {
      "a file below cron.d": {
        ...{ ...IN_A_POD, ...OPENED, "evt.is_open_write": true, "fd.name": "/etc/cron.d/job" },
      },
      "a crontab moved into place": {
        ...IN_A_POD,
        ...{ "evt.type": "renameat2", "fs.path.target": "/var/spool/cron/crontabs/root" },
      },
      "a link into place, on the node": {
        ...{ ...IN_A_POD, ...ON_THE_NODE },
        ...{ "evt.type": "symlink", "fs.path.source": "/etc/cron.daily/job" },
      },
    },
    silent: {
      "another file": { "fd.name": "/etc/hosts" },
      "a program's own folder": { "fd.name": "/srv/cron/data.db" },
      "an image is unpacked on the node": {
        ...ON_THE_NODE,
        "proc.exepath": "/usr/bin/containerd",
        "proc.name": "containerd",
      },
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
      "a package of the node": { ...ON_THE_NODE, "proc.exepath": "/usr/bin/dpkg", "proc.name": "dpkg" },
    },
  },
  "Crontab command run in container": {
    fires: { "a crontab is edited": spawned("crontab", "-e") },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "another program": { "proc.name": "crond" },
      "it only lists": { "proc.args": "-u root -l" },
      "a pod of the stack": STACK,
    },
  },
  "Namespace entered from container": {
    fires: {
      "setns, refused": { ...IN_A_POD, "evt.type": "setns", "evt.rawres": -1, "evt.res": "EPERM" },
    },
    silent: {
      "another call": { "evt.type": "unshare" },
      "on the node": ON_THE_NODE,
      "the runtime enters it": RUNTIME,
      "the runtime's copy in memory": RUNTIME_COPY,
      "the runtime of a node whose root is an overlay": {
        ...{ ...RUNTIME, "proc.is_exe_lower_layer": true },
        "proc.aexepath[1]": "/usr/local/sbin/runc",
      },
      "a pod of the stack": STACK,
      "the network plugin": NETWORK_PLUGIN,
    },
  },
  "Nsenter started in container": {
    fires: {
      nsenter: spawned("nsenter", "-t 1 -m sh"),
      "as an applet": spawned("busybox", "nsenter -t 1 -m sh"),
    },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "another program": { "proc.exepath": "/usr/sbin/chroot", "proc.name": "chroot" },
      "a pod of the stack": STACK,
    },
  },
  "Namespace created by unshare in container": {
    fires: { "a user namespace": { ...IN_A_POD, "evt.type": "unshare", "evt.arg.flags": "CLONE_NEWUSER" } },
    silent: {
      "another call": { "evt.type": "clone" },
      "on the node": ON_THE_NODE,
      "only its open files": { "evt.arg.flags": "CLONE_FILES" },
      "the runtime makes a container": RUNTIME,
      "a pod of the stack": STACK,
      "the network plugin": NETWORK_PLUGIN,
    },
  },
  "Namespace created by clone in container": {
    fires: {
      "a user namespace": {
        ...{ ...IN_A_POD, "evt.type": "clone3", "evt.rawres": 77 },
        "evt.arg.flags": "CLONE_NEWUSER|CLONE_NEWNS",
      },
    },
    silent: {
      "another call": { "evt.type": "vfork" },
      "the child's end of it": { "evt.rawres": 0 },
      "only another process": { "evt.arg.flags": "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID" },
      "on the node": ON_THE_NODE,
      "the runtime makes a container": RUNTIME,
      "a pod of the stack": STACK,
      "Chrome's sandbox": { "proc.exepath": "/opt/google/chrome/chrome", "proc.name": "chrome" },
    },
  },
  "Host device mounted in container": {
    fires: { "the node's disk": { ...IN_A_POD, "evt.type": "mount", "evt.arg.dev": "/dev/sda1" } },
    silent: {
      "no device": { "evt.arg.dev": "tmpfs" },
      "on the node": ON_THE_NODE,
      "the runtime": { ...RUNTIME, "proc.exepath": "/usr/bin/crun", "proc.name": "crun" },
      "a pod of the stack": STACK,
      "a volume of the system": { ...MOUNT_OF_SYSTEM, "proc.name": "mount" },
    },
  },
  "File system mounted in container": {
    fires: {
      cgroups: { ...IN_A_POD, "evt.type": "mount", "evt.arg.dev": "cgroup" },
      "by the newer call": { ...IN_A_POD, "evt.type": "move_mount" },
    },
    silent: {
      "another call": { "evt.type": "umount2" },
      "on the node": ON_THE_NODE,
      "a device, which is another rule's": { "evt.arg.dev": "/dev/sda1" },
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
      "a network file system of the system": { ...MOUNT_OF_SYSTEM, "proc.exepath": "/sbin/mount.nfs4" },
    },
  },
  "Host device opened in container": {
    fires: {
      "dd of the node's disk": {
        ...{ ...IN_A_POD, ...OPENED, "evt.is_open_read": true },
        ...{ "fd.name": "/dev/nvme0n1p1", "proc.name": "dd" },
      },
    },
    silent: {
      "it could not be opened": { "fd.num": -13 },
      "on the node": ON_THE_NODE,
      "a folder of that name": { "fd.name": "/srv/sda1" },
      "a device that is no disk": { "fd.name": "/dev/null" },
      "the device mapper's control": { "fd.name": "/dev/mapper/control" },
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
      "a driver checks a volume": { "k8s.ns.name": "kube-system", "proc.exepath": "/usr/sbin/blkid" },
    },
  },
  "Block device made in container": {
    fires: {
      "mknod under another name": {
        ...{ ...IN_A_POD, "evt.type": "mknodat" },
        ...{ "evt.arg.mode": "S_IRUSR|S_IWUSR|S_IFCHR|S_IFBLK", "evt.arg.path": "/tmp/x" },
      },
    },
    silent: {
      "another call": { "evt.type": "mkdirat" },
      "on the node": ON_THE_NODE,
      "a pipe": { "evt.arg.mode": "S_IRUSR|S_IWUSR|S_IFIFO" },
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
    },
  },
  "Kubernetes API contacted by hand from container": {
    fires: {
      "curl to the API": connected("10.96.0.1", 443),
      "a web server that was taken over": {
        ...{ ...connected("10.96.0.1", 443), "proc.exepath": "/usr/sbin/nginx", "proc.name": "nginx" },
      },
      "refused at once": {
        ...{ ...refused("10.96.0.1:443"), "proc.exepath": "/usr/bin/curl", "proc.name": "curl" },
      },
    },
    silent: {
      "data on a connection that is there": { "evt.type": "sendto" },
      "on the node": ON_THE_NODE,
      "another service": to("10.96.0.20"),
      "another port": { "fd.sport": 8080 },
      "a controller": { "proc.exepath": "/manager", "proc.name": "manager" },
      "a pod of the stack": STACK,
      "kubectl of an add-on manager": { ...KUBECTL, "k8s.ns.name": "kube-system" },
    },
  },
  "Shell without terminal started in container": {
    fires: { "kubectl exec without -t": spawned("sh", "-c id") },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "no shell": { "proc.name": "id", "proc.args": "" },
      "with a terminal": { "proc.tty": 34816 },
      "a program of the container starts it": { "proc.pname": "nginx", "proc.pvpid": 1, "proc.vpgid": 1 },
      "the container's own program": { "proc.vpid": 1 },
      "a pod of the stack": STACK,
      "a probe": { "proc.cmdline": "sh -c redis-cli ping" },
      "a preStop hook": { "proc.cmdline": "sh -c sleep 5" },
    },
  },
  "Outbound connection to a non-cluster address": {
    fires: {
      "curl to the internet": connected("198.51.100.7", 443),
      "a query by UDP": {
        ...connected("198.51.100.7", 53),
        ...{ "evt.type": "sendto", "fd.l4proto": "udp", "fd.connected": true, "fd.name_changed": true },
      },
    },
    silent: {
      "it is refused": { "evt.rawres": -111, "evt.res": "ECONNREFUSED" },
      "on the node": ON_THE_NODE,
      "a socket of the machine": { "fd.typechar": "u" },
      "no address": to("0.0.0.0"),
      "a pod of the cluster": to("10.1.2.3"),
      "the API server outside of the cluster": to("203.0.113.10"),
      "a program of the image": APPLICATION,
      "a pod of the stack": STACK,
      "names of the cloud": { ...to("169.254.169.253"), "fd.sport": 53 },
    },
  },
  "Refused connection attempted by hand in container": {
    fires: { "a closed port": refused("10.1.2.3:6379"), "by IPv6": refused("fd00::7:6379") },
    silent: {
      "data on a connection that is there": { "evt.type": "sendto" },
      "it is open": { "evt.rawres": 0, "evt.res": "ECONNREFUSED" },
      "on the node": ON_THE_NODE,
      "the answer is not there yet": { "evt.rawres": -115, "evt.res": "EINPROGRESS" },
      "a socket of the machine": { "fd.typechar": "u" },
      "the container itself": { "evt.arg.addr": "127.0.0.1:8080" },
      "the container itself, by IPv6": { "evt.arg.addr": "::1:8080" },
      "a program of the image": APPLICATION,
      "a pod of the stack": STACK,
    },
  },
  "Program from a volume started in container": {
    fires: { "from an emptyDir": { ...spawned("tool", "-x"), ...IN_A_VOLUME } },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "brought by an init container": { "proc.exe_ino.ctime_duration_pidns_start": 0 },
      "a program of the image": { "proc.is_exe_lower_layer": true },
      "the runtime, newer than the node's start": RUNTIME,
    },
  },
  "Program run from memory as the container runtime": {
    fires: {
      "under the name of runc's copy": {
        ...{ ...spawned("x", ""), "proc.is_exe_from_memfd": true },
        "proc.exepath": "memfd:runc_cloned:/proc/self/exe",
      },
      "as a child of the runtime": {
        ...{ ...spawned("3", ""), "proc.exepath": "memfd:x", "proc.is_exe_from_memfd": true },
      },
    },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "from a file": { "proc.is_exe_from_memfd": false },
      "what the stable rule reports": { "proc.exepath": "memfd:x", "proc.pname": "python3" },
      "the runtime's copy": { "proc.aexepath[1]": "/usr/sbin/runc" },
    },
  },
  "File opened by handle in container": {
    fires: { "by handle": { ...IN_A_POD, "evt.type": "open_by_handle_at" } },
    silent: {
      "by path": { "evt.type": "openat" },
      "on the node": ON_THE_NODE,
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
    },
  },
  "Asynchronous I/O ring set up in container": {
    fires: { "a ring": { ...IN_A_POD, "evt.type": "io_uring_setup" } },
    silent: {
      "another call": { "evt.type": "epoll_create1" },
      "on the node": ON_THE_NODE,
      "the runtime": RUNTIME,
      "a pod of the stack": STACK,
      "a database": { "proc.exepath": "/usr/sbin/mariadbd", "proc.name": "mariadbd" },
    },
  },
  "File opened through a descriptor in container": {
    fires: {
      "a cron file that was opened for reading": {
        ...{ ...IN_A_POD, ...OPENED, "evt.is_open_write": true },
        "fd.name": "/proc/self/fd/3",
      },
    },
    silent: {
      "it could not be opened": { "fd.num": -13 },
      "on the node": ON_THE_NODE,
      "another file": { "fd.name": "/tmp/self/fd/3" },
      "its own output": { "fd.name": "/proc/1/fd/1" },
      "a program of the image": APPLICATION,
      "a pod of the stack": STACK,
    },
  },
};
