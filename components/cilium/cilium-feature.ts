import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { NODE_AGENT_PRIORITY_CLASS } from "../core/plan/platform";
import { CHARTS, IMAGES } from "../core/tables/pins";
import { SIDECARS } from "../core/tables/sizing";
import type { Condition } from "../kubernetes/conditions";
import { KINDS_OF_PEOPLE } from "./cilium-kinds";
import { NAME, OF_THE_NETWORK, OPERATOR, RELAY, UI } from "./cilium-names";
import { networkPolicies } from "./cilium-network-policies";
import { ON_NODES } from "./cilium-rivals";
import { type CiliumConfig, ciliumSchema } from "./cilium-schema";
import { ciliumValues } from "./cilium-values";
import { definitions } from "./definitions";
import { DENY_POLICY } from "./deny-policy";
import { DROP_PANELS } from "./drop-panels";
import { withHostPolicies } from "./host-policies";
import { hubbleCollector } from "./hubble-collector";
import { DROPPED_TRAFFIC } from "./hubble-dashboard";
import { seriesPerPod } from "./hubble-metrics";
import type { HubbleParts } from "./hubble-values";
import { MOVED_KEYS } from "./moved-keys";
import { isFirst, ofOwnCluster } from "./own-cluster";
import { refuseMisfits } from "./refusals";

/** Cilium: the network of pods, policy for it, encryption between nodes, and Hubble, which sees what is dropped. */
export const cilium = defineFeature({
  name: NAME,
  title: "Cilium",
  // Before all that has pods of its own network.
  priority: 8,
  schema: ciliumSchema,
  movedKeys: MOVED_KEYS,
  workloads: ["ciliumAgent", "ciliumOperator", "hubbleRelay", "hubbleUi", "hubbleGenerateCerts"],
  provides: ["cni"],
  frameworks: [
    "NIST CSF 2.0 PR.DS-02",
    "NIST CSF 2.0 PR.IR-01",
    "ISO/IEC 27001:2022 8.22",
    "CIS Kubernetes 5.3.1",
    "NSA/CISA network-separation",
  ],
  tests: ["test/unit/cilium.test.ts", "test/mesh/cilium.test.ts"],
  // Of the agent's image: it enters the namespaces of pods and mounts file systems of the node.
  hostPrograms: ["/usr/bin/cilium-agent"],
  collector: hubbleCollector,
  dashboards: [DROPPED_TRAFFIC],
  panels: DROP_PANELS,
  doctor: ON_NODES,
  kindsOfPeople: { asObjects: KINDS_OF_PEOPLE },
  plan: planCilium,
  // Behind another network its DNS proxy, which learns addresses of names, is limited (Cilium docs, "AWS VPC CNI plugin").
  completes: ({ mode }, features, { dns }) =>
    mode === "chaining" ? features : withHostPolicies(features, dns),
});

function planCilium(config: CiliumConfig, context: PlanContext): Contribution {
  const { global, namespaces } = context;
  refuseMisfits(config, context);
  const namespace = namespaces.privileged;
  const own = ofOwnCluster(config, context);
  return {
    ...own,
    manifests: networkPolicies(namespace, config.hubble),
    charts: [
      {
        name: NAME,
        namespace,
        source: context.chart(CHARTS.cilium),
        protect: config.protect ? OF_THE_NETWORK : [],
        // Its pods have no nodes yet.
        skipAwait: own.podNetwork !== undefined,
        values: ciliumValues({
          config,
          clusterName: global.clusterName,
          agent: context.workload("ciliumAgent", "DaemonSet", IMAGES.cilium, {
            priorityClassName: "system-node-critical",
          }),
          operator: context.workload(
            "ciliumOperator",
            "Deployment",
            config.mode === "eni" ? IMAGES.ciliumOperatorAws : IMAGES.ciliumOperator,
            { replicas: 2, priorityClassName: NODE_AGENT_PRIORITY_CLASS },
          ),
          hubble: hubbleParts(config, context),
          apiServerIn: own.podNetwork?.apiServer?.name,
          hasMesh: context.provided.includes("mesh"),
        }),
      },
    ],
    customObjects: definitions(config.protect),
    enforcesNetworkPolicies: true,
    denyPolicies: [DENY_POLICY],
    conditions: conditions(config, namespace),
    warnings: warnings(config, isFirst(config, context)),
    nextSteps: nextSteps(config, namespace),
  };
}

function hubbleParts({ hubble }: CiliumConfig, context: PlanContext): HubbleParts {
  const { of: _, ...backend } = SIDECARS.hubbleUiBackend;
  const sidecar = { name: "hubbleUiBackend", kind: "Deployment", replicas: 1, ...backend } as const;
  return {
    certificates: context.workload("hubbleGenerateCerts", "CronJob", IMAGES.hubbleCertificates),
    exportDirectory: `${context.shared.nodeLogBasePath}/${NAME}`,
    ...(hubble.relay ? { relay: context.workload("hubbleRelay", "Deployment", IMAGES.hubbleRelay) } : {}),
    ...(hubble.ui
      ? {
          ui: {
            ...context.workload("hubbleUi", "Deployment", IMAGES.hubbleUi),
            backend: { image: context.sideContainer(sidecar, IMAGES.hubbleUiBackend), resources: backend },
          },
        }
      : {}),
  };
}

function conditions({ hubble }: CiliumConfig, namespace: string): Condition[] {
  const deployment = (name: string) => ({ kind: "Deployment" as const, namespace, name });
  const ofHubble = [...(hubble.relay ? [RELAY] : []), ...(hubble.ui ? [UI] : [])];
  return [
    {
      type: "CiliumReady",
      workloads: [{ kind: "DaemonSet", namespace, name: NAME }, deployment(OPERATOR)],
    },
    ...(ofHubble.length > 0 ? [{ type: "HubbleReady", workloads: ofHubble.map(deployment) }] : []),
  ];
}

function warnings(
  { mode, hubble, encryption, kubeProxyReplacement }: CiliumConfig,
  isFirst: boolean,
): string[] {
  const { series, by } = seriesPerPod(hubble.metrics);
  return [
    ...(series > 0
      ? [
          `features.${NAME}: Hubble's metrics ${by.join(", ")} have at least ${series} time series for each pod, address or name: a thousand pods make ${(1000 * series).toLocaleString("en")} and more.`,
        ]
      : []),
    ...(encryption.type === "none"
      ? []
      : [
          `features.${NAME}: ${encryption.type} encrypts traffic of pods to pods of other nodes. Within a node, of hosts and of pods on the host's network it stays clear.`,
        ]),
    ...(isFirst && mode === "overlay"
      ? [
          `features.${NAME}: the API server of EKS reaches no pod of an overlay: webhooks that run in pods don't answer it. In mode "eni" they do.`,
        ]
      : []),
    ...(kubeProxyReplacement && !isFirst
      ? [`features.${NAME}: kube-proxy has to be gone from the cluster: both at once break Services.`]
      : []),
  ];
}

function nextSteps({ hubble }: CiliumConfig, namespace: string): string[] {
  return [
    `Pods that Cilium does not know yet, because they are older than it, have no policy: kubectl get pods -A -o wide; restart what has no CiliumEndpoint: kubectl get ciliumendpoints -A`,
    `State of the network and its encryption: kubectl -n ${namespace} exec ds/${NAME} -c cilium-agent -- cilium-dbg status`,
    ...(hubble.ui ? [`Hubble's page: kubectl -n ${namespace} port-forward svc/${UI} 12000:80`] : []),
  ];
}
