import type { Exception, ExceptionsOf } from "./exception";

const NAME = "app.kubernetes.io/name";

const part = (labels: Readonly<Record<string, string>>, exceptions: readonly Exception[]): ExceptionsOf => ({
  labels: { "app.kubernetes.io/part-of": "security-stack", ...labels },
  owner: "who pins Cilium",
  until: "2027-08-31",
  exceptions,
});

/** Of the agent's pod, but for the one that is privileged. */
const CILIUM_CONTAINERS = [
  "config",
  "mount-cgroup",
  "apply-sysctl-overwrites",
  "clean-cilium-state",
  "install-cni-binaries",
  "cilium-agent",
];

/** What the parts of Cilium and Hubble may do that nothing else may, all of one chart. */
export const NETWORK_EXCEPTIONS: readonly ExceptionsOf[] = [
  part({ [NAME]: "cilium-agent" }, [
    {
      policy: "no-privileged",
      containers: ["mount-bpf-fs"],
      items: ["privileged"],
      reason:
        "it mounts the BPF file system where the node has none, for the node itself: mounts go out of privileged containers only; it ends before the agent starts",
      source:
        "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml: mount-bpf-fs; kubernetes.io, Volumes: mount propagation",
    },
    {
      policy: "capabilities",
      containers: ["cilium-agent"],
      items: [
        "CHOWN",
        "KILL",
        "NET_ADMIN",
        "NET_RAW",
        "IPC_LOCK",
        "SYS_MODULE",
        "SYS_ADMIN",
        "SYS_RESOURCE",
        "DAC_OVERRIDE",
        "FOWNER",
        "SETGID",
        "SETUID",
        "SYSLOG",
      ],
      reason:
        "routes, devices and BPF programs of the node's network, kernel modules such as WireGuard's, and files of other users below its state folder; the chart has them instead of a privileged container",
      source:
        "cilium/cilium, install/kubernetes/cilium/values.yaml: securityContext.capabilities.ciliumAgent, with a reason for each",
    },
    {
      policy: "capabilities",
      containers: ["config"],
      items: ["NET_ADMIN"],
      reason: "it writes the agent's config from what the node's network is",
      source: "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml: config",
    },
    {
      policy: "capabilities",
      containers: ["mount-cgroup", "apply-sysctl-overwrites"],
      items: ["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE"],
      reason:
        "they enter the namespaces of process 1 to mount cgroup2 and to keep systemd from filtering the agent's interfaces",
      source: "cilium/cilium, install/kubernetes/cilium/values.yaml: securityContext.capabilities",
    },
    {
      policy: "capabilities",
      containers: ["clean-cilium-state"],
      items: ["NET_ADMIN", "SYS_MODULE", "SYS_ADMIN", "SYS_RESOURCE"],
      reason: "it removes BPF programs and maps of an older agent where that is asked for",
      source:
        "cilium/cilium, install/kubernetes/cilium/values.yaml: securityContext.capabilities.cleanCiliumState",
    },
    {
      policy: "privilege-escalation",
      containers: CILIUM_CONTAINERS,
      items: ["allowPrivilegeEscalation"],
      reason:
        "the chart sets it on none of them: what starts as root with these capabilities has nothing left to gain",
      source: "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml",
    },
    {
      policy: "run-as-non-root",
      containers: [...CILIUM_CONTAINERS, "mount-bpf-fs"],
      items: ["root"],
      reason: "added capabilities reach a container's process only as root",
      source: "kubernetes/kubernetes issue 56374",
    },
    {
      policy: "read-only-root",
      containers: [...CILIUM_CONTAINERS, "mount-bpf-fs"],
      items: ["writable root"],
      reason: "the chart does not set it; the agent writes its compiled programs and sockets",
      source: "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml",
    },
    {
      policy: "seccomp-profile",
      containers: CILIUM_CONTAINERS,
      items: ["seccompProfile Unconfined"],
      reason:
        "it loads BPF programs, modules and enters namespaces; the chart's own choice since the runtime's default may refuse that",
      source: "cilium/cilium, install/kubernetes/cilium/values.yaml: podSecurityContext",
    },
    {
      policy: "kernel-confinement",
      containers: CILIUM_CONTAINERS,
      items: ["appArmorProfile Unconfined", "seLinuxOptions.type spc_t"],
      reason:
        "the default profiles deny mounting and looking at processes outside of the container, whatever the capabilities",
      source:
        "cilium/cilium, install/kubernetes/cilium/values.yaml: podSecurityContext, securityContext.seLinuxOptions",
    },
    {
      policy: "host-namespaces",
      items: ["hostNetwork", "host 127.0.0.1"],
      reason:
        "it makes the network of the pods, itself in that of the node, where its health server listens on the loopback alone",
      source:
        "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml: hostNetwork, probes",
    },
    {
      policy: "host-paths",
      items: ["/lib/modules"],
      reason: "kernel modules that it loads, such as WireGuard's",
      source: "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml: volumes",
    },
    {
      policy: "host-paths",
      items: [
        "/var/run/cilium",
        "/var/run/netns",
        "/sys/fs/bpf",
        "/run/cilium/cgroupv2",
        "/opt/cni/bin",
        "/etc/cni/net.d",
        "/run/xtables.lock",
        "/proc",
        "/proc/sys/net",
        "/proc/sys/kernel",
      ],
      writable: true,
      reason:
        "its state, the pods' networks, pinned BPF maps, the plugin and its config for the kubelet's runtime, the lock of iptables and the node's settings",
      source: "cilium/cilium, install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml: volumes",
    },
    {
      policy: "host-paths",
      items: ["<log>/cilium"],
      writable: true,
      reason: "dropped packets, which the collector on the node reads",
      source: "design of the stack: sensors write files, the collector reads them",
    },
  ]),
  part({ [NAME]: "cilium-operator" }, [
    {
      policy: "host-namespaces",
      items: ["hostNetwork", "host 127.0.0.1"],
      reason:
        "it hands out the addresses that pods get a network with, so it can't wait for one; its health server listens on the loopback alone",
      source: "cilium/cilium, install/kubernetes/cilium/templates/cilium-operator/deployment.yaml",
    },
    {
      policy: "run-as-non-root",
      items: ["root"],
      reason: "the image has no other user; it has no capability at all",
      source: "cilium/cilium, images/operator/Dockerfile",
    },
    {
      policy: "read-only-root",
      items: ["writable root"],
      reason: "the chart does not set it",
      source: "cilium/cilium, install/kubernetes/cilium/values.yaml: operator.securityContext",
    },
  ]),
  part({ [NAME]: "hubble-ui" }, [
    {
      policy: "read-only-root",
      items: ["writable root"],
      reason: "the chart does not set it; nginx makes its temporary folders where its image has them",
      source: "cilium/cilium, install/kubernetes/cilium/values.yaml: hubble.ui.frontend.securityContext",
    },
    {
      policy: "probes",
      containers: ["backend"],
      items: ["no probe"],
      reason: "the chart has none; without it the page beside it shows no flows, and nothing else fails",
      source: "cilium/cilium, install/kubernetes/cilium/templates/hubble-ui/deployment.yaml",
    },
  ]),
  part({ "k8s-app": "hubble-generate-certs" }, [
    {
      policy: "run-as-non-root",
      items: ["root"],
      reason:
        "the chart sets no user, and the image has no other; it has no capability at all and ends after a second",
      source: "cilium/cilium, install/kubernetes/cilium/templates/hubble/tls-cronjob/_job-spec.tpl",
    },
    {
      policy: "read-only-root",
      items: ["writable root"],
      reason: "the chart does not set it; the program writes Secrets only",
      source: "cilium/cilium, install/kubernetes/cilium/templates/hubble/tls-cronjob/_job-spec.tpl",
    },
  ]),
];
