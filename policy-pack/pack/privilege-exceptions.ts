import { hasLabels } from "../kubernetes/read";
import type { Exception, ExceptionsOf } from "./exception";
import { MESH_EXCEPTIONS } from "./mesh-exceptions";

export type { Exception, ExceptionsOf } from "./exception";

const NAME = "app.kubernetes.io/name";
const PART_OF = { "app.kubernetes.io/part-of": "security-stack" };

/** Of the agent's pod, but for the one that is privileged. */
const CILIUM_CONTAINERS = [
  "config",
  "mount-cgroup",
  "apply-sysctl-overwrites",
  "clean-cilium-state",
  "install-cni-binaries",
  "cilium-agent",
];

/**
 * The whole list. A tool that needs no privilege needs no entry; one that does gets it here, in review, and not
 * in its own folder. A test fails when the stack does not need an entry any more.
 */
export const EXCEPTIONS: readonly ExceptionsOf[] = [
  {
    labels: { ...PART_OF, [NAME]: "falco" },
    exceptions: [
      {
        policy: "capabilities",
        containers: ["falco"],
        items: ["BPF", "PERFMON", "SYS_RESOURCE", "SYS_PTRACE", "DAC_READ_SEARCH"],
        reason:
          "what the modern eBPF probe runs with at the least; reading /proc/PID/environ of other users, without which processes older than Falco are unknown",
        source:
          "falcosecurity/charts, falco/values.yaml: driver.modernEbpf.leastPrivileged; falcosecurity/libs, userspace/libscap/linux/scap_procs.c",
      },
      {
        policy: "run-as-non-root",
        items: ["root"],
        reason:
          "the processes of other users and the runtime's socket are open to root only; the event file is root's",
        source: "falcosecurity/charts, falco/templates/pod-template.tpl",
      },
      {
        policy: "kernel-confinement",
        containers: ["falco"],
        items: ["appArmorProfile Unconfined"],
        reason: "the runtime's default AppArmor profile denies reading processes outside of it",
        source: "falcosecurity/charts, falco/templates/pod-template.tpl",
      },
      {
        policy: "host-paths",
        items: ["/proc", "/etc", "/sys/kernel"],
        reason: "processes, names of users and groups, tracepoints and BTF of the host",
        source: "falcosecurity/charts, falco/templates/pod-template.tpl: volumes",
      },
      {
        policy: "host-paths",
        items: ["/run/containerd", "/run/k3s/containerd", "/run/crio"],
        reason:
          "names of pods and containers come from the container runtime, whose socket is another file after its restart: so its folder",
        source: "falcosecurity/plugins, plugins/container: engines.cri.sockets; falcosecurity/charts#1052",
      },
      {
        policy: "host-paths",
        items: ["<log>/falco"],
        writable: true,
        reason: "the event file that the collector on the node reads",
        source: "design of the stack: sensors write files, the collector reads them",
      },
      {
        policy: "probes",
        containers: ["rotate"],
        items: ["no probe"],
        reason: "a shell loop: when it fails its process ends, and the kubelet starts it again",
        source: "components/falco/rotate.sh",
      },
    ],
  },
  {
    // Of its chart, whose pods bear the chart's own labels.
    labels: { [NAME]: "tetragon", "app.kubernetes.io/instance": "tetragon" },
    exceptions: [
      {
        policy: "no-privileged",
        containers: ["tetragon"],
        items: ["privileged"],
        reason:
          "it loads BPF programs into every hook of the kernel; no smaller set of capabilities is known to do",
        source:
          "cilium/tetragon issue 1765; install/kubernetes/tetragon/values.yaml: tetragon.securityContext",
      },
      {
        policy: "run-as-non-root",
        containers: ["tetragon"],
        items: ["root"],
        reason: "loading BPF programs takes root; the image has no other user",
        source: "cilium/tetragon, Dockerfile",
      },
      {
        policy: "read-only-root",
        containers: ["tetragon"],
        items: ["writable root"],
        reason: "the chart does not set it, and a privileged container can remount its root anyway",
        source: "cilium/tetragon, install/kubernetes/tetragon/values.yaml: tetragon.securityContext",
      },
      {
        policy: "host-namespaces",
        items: ["hostNetwork"],
        reason: "it sees connections by the network of the host",
        source: "cilium/tetragon, install/kubernetes/tetragon/values.yaml: hostNetwork",
      },
      {
        policy: "host-paths",
        items: ["/sys/fs/bpf", "/proc", "/var/run/cilium", "/var/run/tetragon", "<log>/tetragon"],
        writable: true,
        reason:
          "pinned BPF maps, processes of the host, its sockets and its event file, as its chart mounts them",
        source: "cilium/tetragon, install/kubernetes/tetragon/templates/daemonset.yaml: volumes",
      },
    ],
  },
  {
    // Of its chart too.
    labels: { [NAME]: "elastic-operator", "app.kubernetes.io/instance": "elastic-operator" },
    exceptions: [
      {
        policy: "probes",
        containers: ["manager"],
        items: ["no probe"],
        reason:
          "the chart has none and the program no port to ask; it ends when it loses its lease, and is started again",
        source: "elastic/cloud-on-k8s, deploy/eck-operator/templates/statefulset.yaml",
      },
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "osquery" },
    exceptions: [
      {
        policy: "host-namespaces",
        items: ["hostPID"],
        reason: "processes, sockets and kernel modules of the node; its files are read through process 1",
        source: "osquery/osquery: osquery/worker/ipc/linux, column pid_with_namespace",
      },
      {
        policy: "capabilities",
        items: ["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "DAC_READ_SEARCH"],
        reason: "entering the mount namespace of process 1 (setns), opening it, reading files of other users",
        source: "man 2 setns; man 5 proc",
      },
      {
        policy: "run-as-non-root",
        items: ["root"],
        reason: "added capabilities reach a container's process only as root",
        source: "kubernetes/kubernetes issue 56374",
      },
      {
        policy: "kernel-confinement",
        items: ["appArmorProfile Unconfined", "seLinuxOptions.type spc_t"],
        reason:
          "the default profiles deny looking at processes outside of the container, whatever the capabilities",
        source: "containerd: contrib/apparmor/template.go; containers/container-selinux: container.te",
      },
      {
        policy: "host-paths",
        items: ["<log>/osquery", "/var/lib/security-stack/osquery"],
        writable: true,
        reason: "its result logs, and the database without which every restart reports all rows as new",
        source: "osquery docs, installation/cli-flags: --database_path, --logger_path",
      },
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "node-collector" },
    exceptions: [
      {
        policy: "run-as-non-root",
        items: ["root"],
        reason: "the sensors' files are readable for root only; it has no capability at all",
        source: "cilium/tetragon, values.yaml: exportFilePerm 600",
      },
      {
        policy: "host-paths",
        items: ["<log>"],
        reason: "the files that the sensors write",
        source: "design of the stack: sensors write files, the collector reads them",
      },
      {
        policy: "host-paths",
        items: ["/var/lib/security-stack/node-collector"],
        writable: true,
        reason: "read positions and the queue, which must outlive the pod",
        source: "open-telemetry/opentelemetry-collector-contrib, extension/storage/filestorage",
      },
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "audit-receiver" },
    exceptions: [
      {
        policy: "run-as-non-root",
        items: ["root"],
        reason: "a folder that the kubelet makes on a node is root's; it has no capability at all",
        source: "kubernetes.io, Volumes: hostPath",
      },
      {
        policy: "host-paths",
        items: ["<log>/k8s_audit"],
        writable: true,
        reason: "the events, on disk before the API server is answered, for the collector on the node",
        source: "design of the stack: sensors write files, the collector reads them",
      },
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "gateway" },
    exceptions: [
      {
        policy: "keep-volume-claims",
        items: ["persistentVolumeClaimRetentionPolicy.whenDeleted Delete"],
        reason:
          "a queue on its way to the store, not the store: turning the pipeline off removes it with all else",
        source: "components/pipeline/gateway.ts",
      },
    ],
  },
  {
    // Of its chart, as all of Cilium and Hubble.
    labels: { ...PART_OF, [NAME]: "cilium-agent" },
    exceptions: [
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
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "cilium-operator" },
    exceptions: [
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
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "hubble-ui" },
    exceptions: [
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
    ],
  },
  {
    labels: { ...PART_OF, "k8s-app": "hubble-generate-certs" },
    exceptions: [
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
    ],
  },
  {
    labels: { ...PART_OF, [NAME]: "gatekeeper" },
    exceptions: [
      {
        policy: "no-escalating-rbac",
        items: ["update validatingwebhookconfigurations"],
        reason:
          "it writes the authority of its own certificate, which it renews, into the one webhook that the role names",
        source: "open-policy-agent/cert-controller, pkg/rotator/rotator.go: ensureCerts",
      },
    ],
  },
  ...MESH_EXCEPTIONS,
  {
    labels: { ...PART_OF, [NAME]: "scenarios" },
    exceptions: [
      {
        policy: "no-escalating-rbac",
        items: ["create, get pods/exec"],
        reason:
          "attacks run in pods of a namespace that the run makes; an admission policy refuses the runner's requests anywhere else",
        source: "scenarios/feature/confinement.ts",
      },
    ],
  },
];

/** The exception that allows the item, if there is one. */
export function exceptionFor(
  policy: string,
  labels: Readonly<Record<string, string>>,
  item: string,
  container?: string,
): Exception | undefined {
  return EXCEPTIONS.filter((entry) => hasLabels(labels, entry.labels))
    .flatMap((entry) => entry.exceptions)
    .find(
      (exception) =>
        exception.policy === policy &&
        exception.items.includes(item) &&
        (exception.containers === undefined ||
          (container !== undefined && exception.containers.includes(container))),
    );
}
