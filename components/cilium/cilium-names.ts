/** Of the feature, the chart, its release and the DaemonSet of its agents. */
export const NAME = "cilium";

export const OPERATOR = "cilium-operator";
export const RELAY = "hubble-relay";
export const UI = "hubble-ui";
/**
 * What of the chart the network of pods is: Pulumi goes past what it must not delete and deletes the rest, so each is named.
 * Hubble can come and go.
 */
export const OF_THE_NETWORK = [
  "DaemonSet/cilium",
  "Deployment/cilium-operator",
  "ConfigMap/cilium-config",
  ...["cilium", "cilium-operator"].flatMap((name) => [
    `ServiceAccount/${name}`,
    `ClusterRole/${name}`,
    `ClusterRoleBinding/${name}`,
  ]),
  "Role/cilium-config-agent",
  "RoleBinding/cilium-config-agent",
];

/** The Job and CronJob that make the certificates between agents and relay. */
export const CERTIFICATES = "hubble-generate-certs";

/** The label by which the chart's Services and policies find its pods. */
export const APP_LABEL = "k8s-app";

/** Names in what the agents say of themselves: at most 32 characters (cilium/cilium, templates/validate.yaml). */
export const MOST_OF_CLUSTER_NAME = 32;

/** Documentation/operations/system_requirements.rst of v1.20.2, "Firewall Rules". */
export const PORTS = {
  /** Probes between agents; TCP. */
  health: 4240,
  /** Hubble's server in each agent; TLS. */
  hubble: 4244,
  /** Relay, which asks the agents of all nodes. */
  relay: 4245,
  /** Tunnel between nodes in mode "overlay"; UDP. */
  vxlan: 8472,
  agentMetrics: 9962,
  operatorMetrics: 9963,
  hubbleMetrics: 9965,
  /** UDP. */
  wireguard: 51871,
} as const;
