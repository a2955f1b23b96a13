import type { MovedKeys } from "../core/contract/feature";

const AS_TYPE = "`encryption.type`: none, wireguard or ipsec";

/** Keys of the chart, and of guides, that would do nothing here or there: what to write instead. */
export const MOVED_KEYS: MovedKeys = {
  cni: (value) =>
    hasKey(value, "chained")
      ? "nothing: Cilium has no `cni.chained` (it is a value of a service mesh's CNI plugin, where it is on), and `cni.exclusive` is always false here. To run behind the AWS VPC CNI write `mode: chaining`"
      : "`mode`; `cni.exclusive` is always false, so that plugins of others stay",
  socketLB: () =>
    "nothing: `socketLB.hostNamespaceOnly` is always true, so that a mesh sees the connections of pods",
  bpf: () =>
    "nothing: with a mesh `bpf.hostLegacyRouting` is on and `bpf.masquerade` off by themselves. Probes fail by BPF host routing, which turning off `bpf.masquerade` alone does not end",
  ports: () =>
    "nothing: ports are fixed, and in docs/network.md. 4244 is Hubble's server in each agent, 4245 Hubble's relay",
  k8sServiceHost: () => "`apiServer.host`",
  k8sServicePort: () => "`apiServer.port`",
  ipam: () => "`mode` and `podCidrs`",
  eni: () => "`mode: eni`",
  routingMode: () => "`mode`",
  tunnel: () => "`mode`; the chart refuses `tunnel` since 1.15",
  enableIPv4Masquerade: () => "`masquerade`",
  policyEnforcementMode: () =>
    "nothing: it is `default`; `always` denies the kubelet's probes in 1.20 (cilium/cilium#48444)",
  operator: () => "override.ciliumOperator; its definitions are the stack's, so it makes none",
  resources: () => "override.ciliumAgent.resources",
  cluster: () => "`global.clusterName`, of at most 32 characters",
  minKernel: () => "nothing: Cilium 1.20 needs Linux 5.10 or later, for which `npm run doctor` looks",
  wireguard: () => AS_TYPE,
  "encryption.enabled": () => AS_TYPE,
  "encryption.nodeEncryption": () =>
    "nothing: encryption of nodes is beta, leaves out nodes of the control plane and is not offered",
  "hubble.metrics": () =>
    'a list, like ["dns", "drop:labelsContext=source_namespace,destination_namespace"]; the chart refuses a text too',
};

function hasKey(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && key in value;
}
