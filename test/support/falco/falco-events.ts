import type { FalcoEvent } from "./falco-evaluate";

export interface RuleSamples {
  /** The rule fires for each. */
  fires: Record<string, FalcoEvent>;
  /** It is silent for the first of those with this one difference. */
  silent: Record<string, FalcoEvent>;
}

const STACK = { "k8s.ns.name": "security-pipeline" };
const ON_THE_NODE = { "container.id": "host" };

/** Someone at work in a pod of a shop, without a terminal. */
const IN_A_POD: FalcoEvent = {
  "container.id": "0f8ae74c4488",
  "container.image.repository": "docker.io/library/alpine",
  "evt.rawres": 0,
  "evt.res": "SUCCESS",
  "k8s.ns.name": "shop",
  "proc.args": "",
  "proc.cmdline": "busybox",
  "proc.is_exe_upper_layer": false,
  "proc.name": "busybox",
  "proc.pcmdline": "runc",
  "proc.pname": "runc",
  "proc.tty": 0,
  "proc.vpid": 7,
};
const OPENED: FalcoEvent = { "evt.type": "openat", "fd.typechar": "f", "fd.num": 3 };

const spawned = (name: string, args: string): FalcoEvent => ({
  ...IN_A_POD,
  "evt.type": "execve",
  "proc.name": name,
  "proc.args": args,
  "proc.cmdline": `${name} ${args}`,
});
const FAILED_TO_START = { "evt.rawres": -2, "evt.res": "ENOENT" };

/** The address of the API server as the samples' stack has it: one in the cluster, one of a managed control plane. */
export const API_ADDRESSES = ["10.96.0.1", "203.0.113.10"];

const connected = (address: string, port: number): FalcoEvent => ({
  ...IN_A_POD,
  "evt.type": "connect",
  "fd.l4proto": "tcp",
  "fd.sip": address,
  "fd.snet": address,
  "fd.sport": port,
  "fd.typechar": 4,
  "proc.name": "curl",
});
const to = (address: string): FalcoEvent => ({ "fd.sip": address, "fd.snet": address });

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
      "a controller reads its own": { "proc.name": "controller" },
      "a pod of the stack": STACK,
      "kubectl of an add-on manager": { "k8s.ns.name": "kube-system", "proc.name": "kubectl" },
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
      "a pod of the stack": STACK,
      "a package of the node": { ...ON_THE_NODE, "proc.name": "apt-get" },
    },
  },
  "Crontab command run in container": {
    fires: { "a crontab is edited": spawned("crontab", "-e") },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "another program": { "proc.name": "crond" },
      "it only lists": { "proc.args": "-l" },
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
      "the runtime enters it": { "proc.name": "runc:[1:CHILD]" },
      "a pod of the stack": STACK,
      "the network plugin": { "k8s.ns.name": "kube-system", "proc.name": "cilium-agent" },
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
      "another program": { "proc.name": "chroot" },
      "a pod of the stack": STACK,
      "a storage driver": { "k8s.ns.name": "kube-system", "proc.pname": "csi-driver" },
    },
  },
  "Namespace created by unshare in container": {
    fires: { "a user namespace": { ...IN_A_POD, "evt.type": "unshare", "evt.arg.flags": "CLONE_NEWUSER" } },
    silent: {
      "another call": { "evt.type": "clone" },
      "on the node": ON_THE_NODE,
      "only its open files": { "evt.arg.flags": "CLONE_FILES" },
      "the runtime makes a container": { "proc.name": "runc" },
      "a pod of the stack": STACK,
      "the network plugin": { "k8s.ns.name": "kube-system", "proc.name": "cilium-agent" },
    },
  },
  "Host device mounted in container": {
    fires: { "the node's disk": { ...IN_A_POD, "evt.type": "mount", "evt.arg.dev": "/dev/sda1" } },
    silent: {
      "no device": { "evt.arg.dev": "tmpfs" },
      "on the node": ON_THE_NODE,
      "the runtime": { "proc.name": "crun" },
      "a pod of the stack": STACK,
      "a volume of the system": { "k8s.ns.name": "kube-system", "proc.name": "mount.ext4" },
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
      "the runtime": { "proc.name": "runc" },
      "a pod of the stack": STACK,
      "a network file system of the system": { "k8s.ns.name": "kube-system", "proc.name": "mount.nfs4" },
    },
  },
  "Kubernetes API contacted by hand from container": {
    fires: {
      "curl to the API": connected("10.96.0.1", 443),
      "a web server that was taken over": { ...connected("10.96.0.1", 443), "proc.name": "nginx" },
    },
    silent: {
      "data on a connection that is there": { "evt.type": "sendto" },
      "on the node": ON_THE_NODE,
      "another service": to("10.96.0.20"),
      "another port": { "fd.sport": 8080 },
      "a controller": { "proc.name": "controller" },
      "a pod of the stack": STACK,
      "kubectl of an add-on manager": { "k8s.ns.name": "kube-system", "proc.name": "kubectl" },
    },
  },
  "Shell without terminal started in container": {
    fires: { "kubectl exec without -t": spawned("sh", "-c id") },
    silent: {
      "no start of a program": { "evt.type": "clone" },
      "it could not be started": FAILED_TO_START,
      "on the node": ON_THE_NODE,
      "no shell": { "proc.name": "id" },
      "with a terminal": { "proc.tty": 34816 },
      "a program of the container starts it": { "proc.pname": "nginx" },
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
        ...{ "evt.type": "sendto", "fd.l4proto": "udp", "fd.connected": false, "fd.name_changed": true },
      },
    },
    silent: {
      "it is refused": { "evt.rawres": -111, "evt.res": "ECONNREFUSED" },
      "on the node": ON_THE_NODE,
      "a socket of the machine": { "fd.typechar": "u" },
      "no address": to("0.0.0.0"),
      "a pod of the cluster": to("10.1.2.3"),
      "the API server outside of the cluster": to("203.0.113.10"),
      "a program of the image": { "proc.name": "shop" },
      "a pod of the stack": STACK,
      "names of the cloud": { ...to("169.254.169.253"), "fd.sport": 53 },
    },
  },
};
