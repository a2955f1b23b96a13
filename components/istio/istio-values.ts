import { ISTIO_VERSION } from "../core/tables/pins";
import { chartScheduling, type WorkloadSettings } from "../kubernetes/workloads";
import { EGRESS_NAMESPACE, NAMESPACE } from "./istio-names";
import type { IstioConfig } from "./istio-schema";

/** What the four charts are rendered with. */
export interface ValuesInput {
  config: IstioConfig;
  istiod: WorkloadSettings;
  cni: WorkloadSettings;
  ztunnel: WorkloadSettings;
  /** Image of the proxies that istiod starts, as it is pulled; none where it starts none. */
  waypoint: { image: string; resources: object } | undefined;
}

const SECCOMP = { type: "RuntimeDefault" } as const;

/** All else than `image` would name another version: the charts of its repository have `latest`. */
const TAG = { tag: ISTIO_VERSION, variant: "distroless" } as const;

/**
 * Objects are refused while no istiod can judge them. istiod would set it so itself, and what it writes is not to be fought
 * over (istio/istio, pilot/pkg/bootstrap/validation.go).
 */
const VALIDATION = { base: { validationFailurePolicy: "Fail" } } as const;

/** Of the chart with the definitions. */
export function baseValues(): Record<string, unknown> {
  // An account for control planes of other clusters, which may read Secrets.
  return { global: { enableReaderRBAC: false }, ...VALIDATION };
}

/** Of istiod's chart. */
export function istiodValues({ config, istiod, waypoint }: ValuesInput): Record<string, unknown> {
  const { nodeSelector, tolerations, priorityClassName } = chartScheduling(istiod);
  return {
    profile: "ambient",
    ...VALIDATION,
    global: {
      ...TAG,
      hub: hubOf(istiod.image),
      logAsJson: true,
      enableReaderRBAC: false,
      priorityClassName,
      ...(waypoint ? { proxy: { image: waypoint.image }, waypoint: { resources: waypoint.resources } } : {}),
    },
    image: istiod.image,
    // The autoscaler overrules `replicaCount`, and only of a `autoscaleMin` above one a PodDisruptionBudget is made.
    autoscaleMin: istiod.replicas,
    autoscaleMax: Math.max(5, istiod.replicas),
    pdb: { minAvailable: Math.max(1, istiod.replicas - 1) },
    // Without proxies to start it may not make Deployments.
    ...(waypoint ? {} : { env: { PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "false" } }),
    resources: istiod.resources,
    seccompProfile: SECCOMP,
    gateways: { seccompProfile: SECCOMP },
    nodeSelector,
    tolerations,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { app: "istiod" } },
      },
    ],
    meshConfig: meshConfig(config),
  };
}

function meshConfig({ egress, outboundTrafficPolicy, serviceEntryVisibility }: IstioConfig) {
  return {
    accessLogFile: "/dev/stdout",
    accessLogEncoding: "JSON",
    outboundTrafficPolicy: { mode: outboundTrafficPolicy },
    serviceEntryVisibility: {
      defaultVisibility: serviceEntryVisibility,
      policies: egress.hosts.length === 0 ? [] : [visibleFor(EGRESS)],
    },
  };
}

const EGRESS = { matchLabels: { "kubernetes.io/metadata.name": EGRESS_NAMESPACE } };

function visibleFor(namespaceSelector: object) {
  return { visibility: "PUBLIC", matchingRules: [{ namespaceSelector }] };
}

/** Of the chart of the node's agent, which takes pods into the mesh. */
export function cniValues({ cni }: ValuesInput): Record<string, unknown> {
  return {
    profile: "ambient",
    global: { ...TAG, hub: hubOf(cni.image), logAsJson: true },
    image: cni.image,
    resources: cni.resources,
    tolerations: cni.tolerations,
    affinity: onNodes(cni.nodeSelector),
    // For clusters before 1.30, which the stack's other parts don't run on.
    useAppArmorAnnotation: false,
    seccompProfile: SECCOMP,
  };
}

/** Of the chart of the node's proxy. */
export function ztunnelValues({ ztunnel }: ValuesInput): Record<string, unknown> {
  return {
    ...TAG,
    hub: hubOf(ztunnel.image),
    image: ztunnel.image,
    logAsJson: true,
    istioNamespace: NAMESPACE,
    resources: ztunnel.resources,
    tolerations: ztunnel.tolerations,
    affinity: onNodes(ztunnel.nodeSelector),
  };
}

// Neither chart takes a selector that names the operating system again.
function onNodes(nodeSelector: Readonly<Record<string, string>>): object {
  const matchExpressions = Object.entries(nodeSelector)
    .filter(([key]) => key !== "kubernetes.io/os")
    .map(([key, value]) => ({ key, operator: "In", values: [value] }));
  if (matchExpressions.length === 0) return {};
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  };
}

/** The registry and path of an image without its last part. */
function hubOf(image: string): string {
  return image.split("/").slice(0, -1).join("/");
}
