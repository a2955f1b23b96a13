import type { DoctorFacts } from "../core/contract/doctor-facts";
import { NODE_PROBES } from "./node-probes";

interface Choices {
  mode?: string;
  kubeProxyReplacement?: boolean;
}

const choicesOf = (config: unknown): Choices => config ?? {};

/** What the nodes must have and must not have, by the names that the projects give their DaemonSets. */
export const ON_NODES: DoctorFacts = {
  // Documentation/operations/system_requirements.rst; RHEL 8.10's 4.18 has what is needed of it.
  kernel: { major: 5, minor: 10, fix: "Replace these nodes by ones with Linux 5.10 or later." },
  rivals: [
    {
      daemonSets: ["aws-node"],
      what: "the AWS VPC CNI",
      isInTheWay: (config) => choicesOf(config).mode !== "chaining",
      fix: "Write `mode: chaining`, or take the add-on vpc-cni away: its agent would go on making networks of pods.",
    },
    {
      daemonSets: ["calico-node", "kube-flannel-ds", "weave-net", "kindnet", "antrea-agent", "cilium"],
      what: "another network of pods",
      isInTheWay: () => true,
      fix: "Take it away, or leave Cilium off: two agents would both make the networks of pods.",
    },
    {
      daemonSets: ["kube-proxy"],
      what: "kube-proxy",
      isInTheWay: (config) => choicesOf(config).kubeProxyReplacement === true,
      fix: "Take kube-proxy away, or set `kubeProxyReplacement` to false: both at once break Services.",
    },
  ],
  betweenNodes: NODE_PROBES,
};
