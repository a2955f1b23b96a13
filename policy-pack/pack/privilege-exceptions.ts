import { hasLabels } from "../kubernetes/read";
import type { Exception, ExceptionsOf } from "./exception";
import { MESH_EXCEPTIONS } from "./mesh-exceptions";
import { NETWORK_EXCEPTIONS } from "./network-exceptions";

export type { Exception, ExceptionsOf } from "./exception";

const NAME = "app.kubernetes.io/name";
const PART_OF = { "app.kubernetes.io/part-of": "security-stack" };

/** Every entry is looked at again within a year, with the versions that are pinned then. */
const REVIEW = "2027-08-31";

/**
 * The whole list. A tool that needs no privilege needs no entry; one that does gets it here, in review, and not
 * in its own folder. A test fails when the stack does not need an entry any more.
 */
export const EXCEPTIONS: readonly ExceptionsOf[] = [
  {
    labels: { ...PART_OF, [NAME]: "falco" },
    owner: "who maintains Falco",
    until: REVIEW,
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
    owner: "who pins Tetragon",
    until: REVIEW,
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
    owner: "who pins ECK",
    until: REVIEW,
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
    owner: "who maintains osquery",
    until: REVIEW,
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
    owner: "who maintains the pipeline",
    until: REVIEW,
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
    owner: "who maintains Kubernetes audit",
    until: REVIEW,
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
    owner: "who maintains the pipeline",
    until: REVIEW,
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
  ...NETWORK_EXCEPTIONS,
  {
    labels: { ...PART_OF, [NAME]: "gatekeeper" },
    owner: "who pins Gatekeeper",
    until: REVIEW,
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
    owner: "who maintains the scenarios",
    until: REVIEW,
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
