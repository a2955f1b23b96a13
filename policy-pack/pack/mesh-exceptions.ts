import type { Exception, ExceptionsOf } from "./exception";

/** Where agents of the nodes run, unless configured otherwise. */
export const PRIVILEGED_NAMESPACES = ["security-system", "istio-system"] as const;

/** Istio's charts have no values for these; what they need of 1.31 is looked at again with the next minor version. */
const REVIEW = { owner: "who pins Istio", until: "2027-08-31" } as const;

const CHARTS = "istio/istio 1.31, manifests/charts";
const OF_ISTIO = [
  ...["config.istio.io", "security.istio.io", "networking.istio.io", "authentication.istio.io"],
  ...["rbac.istio.io", "telemetry.istio.io", "extensions.istio.io"],
].join(", ");

const part = (name: string, exceptions: readonly Exception[]): ExceptionsOf => ({
  labels: { "app.kubernetes.io/part-of": "security-stack", "app.kubernetes.io/name": name },
  ...REVIEW,
  exceptions,
});

/** What Istio's own parts may do that nothing else may. */
export const MESH_EXCEPTIONS: readonly ExceptionsOf[] = [
  part("istiod", [
    {
      policy: "no-wildcard-rbac",
      items: [
        `resources * of ${OF_ISTIO}`,
        "verbs * of networking.k8s.io",
        "resources * of gateway.networking.k8s.io, gateway.networking.x-k8s.io",
      ],
      reason:
        "it reads all kinds of its own API groups and of Gateway API's, and writes the status of Ingresses",
      source: `${CHARTS}/istio-control/istio-discovery/templates/clusterrole.yaml`,
    },
    {
      policy: "no-escalating-rbac",
      items: ["update, patch mutatingwebhookconfigurations", "update validatingwebhookconfigurations"],
      reason: "it writes the authority of its certificate into the webhooks that call it",
      source: "istio/istio, pkg/webhooks/webhookpatch.go; pkg/webhooks/validation/controller",
    },
  ]),
  part("istio-cni", [
    {
      policy: "capabilities",
      containers: ["install-cni"],
      items: ["NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN", "DAC_OVERRIDE"],
      reason: "it enters the pods' network namespaces and has their traffic pass ztunnel",
      source: `${CHARTS}/istio-cni/templates/daemonset.yaml`,
    },
    {
      policy: "run-as-non-root",
      items: ["root"],
      reason: "network namespaces and the CNI's folders are open to root only",
      source: `${CHARTS}/istio-cni/templates/daemonset.yaml`,
    },
    {
      policy: "privilege-escalation",
      containers: ["install-cni"],
      items: ["allowPrivilegeEscalation"],
      reason: "Kubernetes takes SYS_ADMIN for it, whatever is written",
      source: "kubernetes.io, Configure a Security Context: allowPrivilegeEscalation",
    },
    {
      policy: "kernel-confinement",
      containers: ["install-cni"],
      items: ["appArmorProfile Unconfined"],
      reason: "the runtime's default AppArmor profile denies entering namespaces of other processes",
      source: `${CHARTS}/istio-cni/templates/daemonset.yaml`,
    },
    {
      policy: "read-only-root",
      containers: ["install-cni"],
      items: ["writable root"],
      reason: "it locks iptables in /run, for which the chart has no volume",
      source: `${CHARTS}/istio-cni/templates/daemonset.yaml`,
    },
    {
      policy: "host-paths",
      items: [
        "/opt/cni/bin",
        "/etc/cni/net.d",
        "/var/run/istio-cni",
        "/var/run/netns",
        "/var/run/ztunnel",
        "/proc",
      ],
      writable: true,
      reason:
        "it puts itself into the node's CNI and hands the pods' network namespaces to ztunnel; /proc is read",
      source: `${CHARTS}/istio-cni/templates/daemonset.yaml`,
    },
  ]),
  part("ztunnel", [
    {
      policy: "capabilities",
      containers: ["istio-proxy"],
      items: ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
      reason: "it opens its sockets in the pods' network namespaces, transparently",
      source: `${CHARTS}/ztunnel/templates/daemonset.yaml`,
    },
    {
      policy: "run-as-non-root",
      items: ["root"],
      reason: "entering network namespaces takes root",
      source: `${CHARTS}/ztunnel/templates/daemonset.yaml`,
    },
    {
      policy: "privilege-escalation",
      containers: ["istio-proxy"],
      items: ["allowPrivilegeEscalation"],
      reason: "Kubernetes takes SYS_ADMIN for it, whatever is written",
      source: "kubernetes.io, Configure a Security Context: allowPrivilegeEscalation",
    },
    {
      policy: "host-paths",
      items: ["/var/run/ztunnel"],
      writable: true,
      reason: "the socket over which istio-cni hands it the pods' network namespaces",
      source: `${CHARTS}/ztunnel/templates/daemonset.yaml`,
    },
    {
      policy: "automount-token",
      items: ["token without rights"],
      reason: "the chart does not switch it off; what istiod knows it by is another token",
      source: `${CHARTS}/ztunnel/templates/serviceaccount.yaml`,
    },
  ]),
];
