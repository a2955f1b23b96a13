/** Of the chart's, so that its guides fit; its objects hold for the whole mesh. */
export const NAMESPACE = "istio-system";

/** Of the proxy through which pods of the mesh leave the cluster. */
export const EGRESS_NAMESPACE = "istio-egress";

/** The proxy: Gateway, and what istiod makes of it. */
export const WAYPOINT = "egress";

/** Takes a namespace into the mesh (istio.io, ambient: add workloads). */
export const IN_MESH = { "istio.io/dataplane-mode": "ambient" } as const;

/** On which ztunnel takes what it carries for a pod, in the pod's own network namespace, and a waypoint what is for it. */
export const HBONE_PORT = 15008;

/** From which the kubelet's probes of a pod in the mesh come (istio.io, ambient: platform prerequisites). */
export const PROBES = "169.254.7.127/32";

export const ISTIOD = "istiod";
export const CNI = "istio-cni-node";
export const ZTUNNEL = "ztunnel";

/** istiod's own ports (istio/istio, manifests/charts/istio-control/istio-discovery/templates/service.yaml). */
export const XDS_PORT = 15012;
export const WEBHOOK_PORT = 15017;

/** Of the identities that istiod gives out, as the charts have it. */
export const TRUST_DOMAIN = "cluster.local";
