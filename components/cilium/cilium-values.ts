import { NODE_ROLLOUT } from "../kubernetes/pods";
import { chartScheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { CiliumConfig } from "./cilium-schema";
import { certificateValues, type HubbleParts, hubbleValues } from "./hubble-values";

export interface ValuesInput {
  config: CiliumConfig;
  clusterName: string;
  /** On every node. */
  agent: WorkloadSettings;
  operator: WorkloadSettings;
  hubble: HubbleParts;
  /** ConfigMap that says where the API server is, of a cluster that the stack makes. */
  apiServerIn?: string | undefined;
  /** Whether a mesh of this stack redirects what pods send and get. */
  hasMesh: boolean;
}

/** Values of the chart 1.20.2; a test holds every key against the chart's own values.yaml. */
export function ciliumValues(input: ValuesInput): Record<string, unknown> {
  const { config, clusterName, agent, operator, hubble } = input;
  return {
    cluster: { name: clusterName },
    image: { override: agent.image },
    ...chartScheduling(agent),
    // Else a changed setting holds for no agent before its next start. Connections outlive the restart.
    rollOutCiliumPods: true,
    updateStrategy: NODE_ROLLOUT,
    resources: agent.resources,
    // They run one after the other, before the agent: the pod asks for no more than it does with that.
    initResources: agent.resources,
    ...modeValues(input),
    ...serviceValues(input),
    ...encryptionValues(config),
    ...policyValues(),
    prometheus: { enabled: config.prometheus.enabled },
    operator: operatorValues(operator, config),
    hubble: hubbleValues(config.hubble, hubble),
    certgen: certificateValues(hubble),
    // Within the agents, and started only when a policy for HTTP asks for it: one privileged DaemonSet less.
    envoy: { enabled: false, prometheus: { enabled: false } },
    ...(config.hubble.drops.enabled ? { extraHostPathMounts: [logFolder(hubble.exportDirectory)] } : {}),
  };
}

/** Below the folder that the collector on the node reads. */
function logFolder(path: string) {
  return { name: "hubble-drops", mountPath: path, hostPath: path, hostPathType: "DirectoryOrCreate" };
}

const CHAINED = { chainingMode: "aws-cni", enableRouteMTUForCNIChaining: true };

function modeValues({ config: { mode, podCidrs, masquerade }, agent }: ValuesInput) {
  // Files of other plugins stay: Cilium would rename all, a mesh's too (Documentation/network/servicemesh/istio.rst).
  const cni = { exclusive: false, resources: agent.resources };
  switch (mode) {
    case "overlay":
      return {
        cni,
        routingMode: "tunnel",
        tunnelProtocol: "vxlan",
        ipam: { mode: "cluster-pool", operator: { clusterPoolIPv4PodCIDRList: podCidrs } },
        enableIPv4Masquerade: masquerade ?? true,
      };
    case "eni":
      return {
        cni,
        routingMode: "native",
        eni: { enabled: true },
        ipam: { mode: "eni" },
        enableIPv4Masquerade: masquerade ?? false,
      };
    case "chaining":
      return { cni: { ...cni, ...CHAINED }, routingMode: "native", enableIPv4Masquerade: false };
  }
}

function serviceValues({ config: { kubeProxyReplacement, apiServer }, apiServerIn, hasMesh }: ValuesInput) {
  return {
    kubeProxyReplacement: String(kubeProxyReplacement),
    ...(apiServer ? { k8sServiceHost: apiServer.host, k8sServicePort: apiServer.port } : {}),
    ...(apiServerIn ? { k8sServiceHostRef: { name: apiServerIn, key: "host" }, k8sServicePort: 443 } : {}),
    // In a pod's own network a mesh would not see the connection (Documentation/network/servicemesh/istio.rst).
    socketLB: { hostNamespaceOnly: true },
    // Through BPF host routing answers of pods in a mesh to the kubelet's probes get lost (istio/istio#52208,
    // cilium/cilium#36022).
    ...(hasMesh ? { bpf: { masquerade: false, hostLegacyRouting: true } } : {}),
  };
}

function encryptionValues({ encryption: { type, strictMode, ipsecSecretName }, podCidrs }: CiliumConfig) {
  if (type === "none") return {};
  const strict = {
    egress: {
      enabled: true,
      cidr: strictMode.cidr ?? podCidrs[0],
      // Pods and nodes share a network, or a tunnel carries the pods' (Documentation/security/network/encryption.rst).
      allowRemoteNodeIdentities: true,
    },
    ingress: { enabled: strictMode.ingress },
  };
  return {
    encryption: {
      enabled: true,
      type,
      ...(strictMode.enabled ? { strictMode: strict } : {}),
      ...(type === "ipsec" ? { ipsec: { secretName: ipsecSecretName } } : {}),
    },
  };
}

function policyValues() {
  return {
    // `always` denies the kubelet's probes (cilium/cilium#48444).
    policyEnforcementMode: "default",
    // Without it no `ipBlock` is a node, and so no NetworkPolicy of the stack lets a pod to an API server on one
    // (Documentation/security/policy/layer3.rst).
    policyCIDRMatchMode: "nodes",
    // The agents read Secrets of all namespaces otherwise, or the operator copies them, for policies with TLS of their own.
    tls: {
      readSecretsOnlyFromSecretsNamespace: true,
      secretsNamespace: { create: false, name: "" },
      secretSync: { enabled: false },
    },
  };
}

function operatorValues(operator: WorkloadSettings, { prometheus }: CiliumConfig) {
  const { nodeSelector, tolerations, priorityClassName } = chartScheduling(operator);
  return {
    image: { override: operator.image },
    rollOutPods: true,
    replicas: operator.replicas,
    resources: operator.resources,
    nodeSelector,
    priorityClassName,
    // As the chart has them: it runs before any node is ready.
    ...(tolerations.length > 0 ? { tolerations } : {}),
    podDisruptionBudget: { enabled: operator.replicas > 1 },
    prometheus: { enabled: prometheus.enabled },
    // They are objects of the stack, made before the chart.
    skipCRDCreation: true,
    // Else it may delete pods of kube-system, to have them started again with an address of Cilium's.
    unmanagedPodWatcher: { restart: false },
  };
}
