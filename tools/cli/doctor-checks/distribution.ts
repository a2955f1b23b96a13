import { type Check, ok, warn } from "./finding";
import type { Node } from "./node";

/** What a distribution of Kubernetes leaves to its user, as far as the stack needs it. */
interface Lack {
  what: string;
  fix: string;
  /** Only where it is so; always without it. */
  where?: (nodes: readonly Node[]) => boolean;
}

interface Distribution {
  name: string;
  is(nodes: readonly Node[], version: string): boolean;
  lacks: readonly Lack[];
}

const providerIs = (prefix: string) => (nodes: readonly Node[]) =>
  nodes.some(({ spec }) => spec?.providerID?.startsWith(prefix) ?? false);
const hasLabel = (name: string, value?: string) => (nodes: readonly Node[]) =>
  nodes.some(({ metadata: { labels = {} } }) =>
    value === undefined ? name in labels : labels[name] === value,
  );

/** In the order in which they are looked for: k3s runs on the nodes of a cloud too. */
const DISTRIBUTIONS: readonly Distribution[] = [
  {
    name: "kind",
    is: providerIs("kind://"),
    lacks: [
      {
        what: "its nodes are containers on one kernel: each sensor sees the processes of all of them, and the machine's",
        fix: "Mount the machine's /proc into the nodes and set hostProcPath of tetragon, as docs/kind.md shows; start from Pulumi.kind.yaml.",
      },
    ],
  },
  {
    name: "k3s",
    is: (_, version) => version.includes("+k3s") || version.includes("+rke2"),
    lacks: [
      {
        what: "containerd's socket is /run/k3s/containerd/containerd.sock",
        fix: "Set runtimeSockets of falco to it.",
      },
    ],
  },
  {
    name: "EKS",
    is: (nodes, version) => version.includes("-eks-") || providerIs("aws://")(nodes),
    lacks: [
      {
        what: "it has no default StorageClass and no driver for volumes of its own",
        fix: "Install the add-on aws-ebs-csi-driver and mark a gp3 class as the default.",
      },
      {
        what: "it enforces NetworkPolicies only where the VPC CNI's agent for them is switched on",
        fix: "Set enableNetworkPolicy in the add-on vpc-cni.",
      },
      {
        what: "pods on Fargate have no node of their own, so no sensor sees them",
        fix: "Run what is to be watched on EC2 nodes.",
        where: hasLabel("eks.amazonaws.com/compute-type", "fargate"),
      },
      {
        what: "in Auto Mode a service of the node answers DNS",
        fix: "Add the address of the Service kube-dns to global.dns.networks.",
        where: hasLabel("eks.amazonaws.com/compute-type", "auto"),
      },
    ],
  },
  {
    name: "GKE",
    is: (nodes, version) => version.includes("-gke.") || providerIs("gce://")(nodes),
    lacks: [
      {
        what: "it enforces NetworkPolicies only with Dataplane V2 or its network policy switched on",
        fix: "Choose Dataplane V2 when the cluster is made.",
      },
      {
        what: "Autopilot refuses pods with host paths and privileges, which the sensors are",
        fix: "Use a Standard cluster.",
        where: (nodes) => nodes.some(({ metadata }) => metadata.name.startsWith("gk3-")),
      },
    ],
  },
  {
    name: "AKS",
    is: (nodes) => providerIs("azure://")(nodes) || hasLabel("kubernetes.azure.com/cluster")(nodes),
    lacks: [
      {
        what: "it enforces NetworkPolicies only with an engine for them that was chosen for the cluster",
        fix: "az aks update --network-policy cilium (or azure, calico).",
      },
      {
        what: "pods on virtual nodes have no kernel to watch",
        fix: "Run what is to be watched on nodes of a pool.",
        where: hasLabel("type", "virtual-kubelet"),
      },
    ],
  },
  {
    name: "OpenShift",
    is: hasLabel("node.openshift.io/os_id"),
    lacks: [
      {
        what: "its runtime is CRI-O, its DNS is in openshift-dns on port 5353",
        fix: "Set runtimeSockets and security.seccompProfile of falco, and global.dns.",
      },
    ],
  },
  {
    name: "kubeadm",
    is: (nodes) =>
      nodes.some(({ metadata }) => "kubeadm.alpha.kubernetes.io/cri-socket" in (metadata.annotations ?? {})),
    lacks: [
      {
        what: "it has no StorageClass",
        fix: "Install a driver for volumes and mark its class as the default.",
      },
      {
        what: "NetworkPolicies are enforced by the CNI plugin alone, and flannel is none that does",
        fix: "Use Cilium or Calico.",
      },
    ],
  },
];

/**
 * Which distribution the cluster is, and what that leaves to its user. What the API shows is checked elsewhere: this is what
 * it does not show.
 * @param version `gitVersion` of the API server
 */
export function checkDistribution(nodes: readonly Node[], version: string): Check {
  const found = DISTRIBUTIONS.find(({ is }) => is(nodes, version));
  if (!found) return ok("distribution", "None that is known to need anything special.");
  const lacks = found.lacks.filter(({ where }) => where?.(nodes) ?? true);
  return warn(
    "distribution",
    `${found.name}: ${lacks.map(({ what }) => what).join("; ")}.`,
    lacks.map(({ fix }) => fix).join(" "),
  );
}
