/**
 * The one table of what every workload asks of a node. The features, the policy pack and the fit check all
 * read it; it imports a type and nothing else, so that the policy pack can be compiled with it alone.
 */
import type { Resources } from "../../kubernetes/workloads";

/**
 * Where the pods of a workload run: once on every node, or a number of replicas in the cluster. "network" is once on every
 * node too: what carries the pods' own traffic and comes on top of the node's budget, which is for what looks at nodes.
 */
export type Placement = "node" | "network" | "cluster";

export interface SizingRow extends Resources {
  placement: Placement;
}

function row(placement: Placement, cpu: [string, string], memory: [string, string]): SizingRow {
  return {
    placement,
    requests: { cpu: cpu[0], memory: memory[0] },
    limits: { cpu: cpu[1], memory: memory[1] },
  };
}

/** Per pod, sidecars included. Rows are [request, limit]. */
export const SIZING: Readonly<Record<string, SizingRow>> = {
  falco: row("node", ["100m", "500m"], ["512Mi", "1Gi"]),
  tetragon: row("node", ["100m", "500m"], ["256Mi", "512Mi"]),
  osquery: row("node", ["50m", "200m"], ["128Mi", "256Mi"]),
  nodeCollector: row("node", ["100m", "300m"], ["128Mi", "256Mi"]),
  gateway: row("cluster", ["100m", "500m"], ["128Mi", "256Mi"]),
  indexer: row("cluster", ["100m", "500m"], ["128Mi", "256Mi"]),
  sink: row("cluster", ["100m", "500m"], ["128Mi", "256Mi"]),
  elasticsearch: row("cluster", ["500m", "2"], ["2Gi", "4Gi"]),
  // Kibana 9.4 is killed at 1Gi (elastic/cloud-on-k8s raised its default to 2Gi in 3.4).
  kibana: row("cluster", ["100m", "500m"], ["1Gi", "2Gi"]),
  // As the ECK chart has it.
  elasticOperator: row("cluster", ["100m", "1"], ["150Mi", "1Gi"]),
  // 256Mi is what the chart's examples give; the operator is killed there on clusters of a few hundred images.
  trivyOperator: row("cluster", ["100m", "300m"], ["256Mi", "1Gi"]),
  trivyReporter: row("cluster", ["50m", "500m"], ["128Mi", "256Mi"]),
  // Memory as the chart has it; its cache holds every pod and workload of the cluster.
  gatekeeper: row("cluster", ["100m", "500m"], ["512Mi", "512Mi"]),
  gatekeeperAudit: row("cluster", ["100m", "500m"], ["512Mi", "512Mi"]),
  // The cluster's network on each node: in place of another CNI's agent and, by choice, of kube-proxy.
  ciliumAgent: row("network", ["100m", "1"], ["512Mi", "1Gi"]),
  ciliumOperator: row("cluster", ["50m", "500m"], ["128Mi", "256Mi"]),
  hubbleRelay: row("cluster", ["20m", "300m"], ["64Mi", "128Mi"]),
  hubbleUi: row("cluster", ["20m", "400m"], ["96Mi", "256Mi"]),
  hubbleGenerateCerts: row("cluster", ["20m", "200m"], ["32Mi", "128Mi"]),
  // Requests as the charts have them; limits are ours, they have none.
  istiod: row("cluster", ["500m", "2"], ["2Gi", "4Gi"]),
  ztunnel: row("network", ["200m", "2"], ["512Mi", "1Gi"]),
  istioCni: row("network", ["100m", "500m"], ["100Mi", "256Mi"]),
  // As istiod gives it to every waypoint.
  waypoint: row("cluster", ["100m", "2"], ["128Mi", "1Gi"]),
  alertmanager: row("cluster", ["20m", "300m"], ["64Mi", "256Mi"]),
  auditReceiver: row("cluster", ["50m", "500m"], ["96Mi", "256Mi"]),
  auditReader: row("cluster", ["70m", "500m"], ["224Mi", "448Mi"]),
  notifier: row("cluster", ["20m", "300m"], ["64Mi", "128Mi"]),
  responder: row("cluster", ["20m", "300m"], ["64Mi", "128Mi"]),
  correlator: row("cluster", ["50m", "500m"], ["128Mi", "256Mi"]),
  ocsf: row("cluster", ["50m", "500m"], ["128Mi", "256Mi"]),
  // Its collector is as large as those of the sinks.
  ocsfTopic: row("cluster", ["150m", "1"], ["224Mi", "512Mi"]),
  scenarios: row("cluster", ["50m", "500m"], ["128Mi", "256Mi"]),
};

/** A container beside a workload's main one; what it takes is taken from the main one's share of the pod's row. */
export interface Sidecar extends Resources {
  /** The row of its pod. */
  of: string;
}

/** No override reaches these. */
export const SIDECARS = {
  falcoRotation: {
    of: "falco",
    requests: { cpu: "1m", memory: "8Mi" },
    limits: { cpu: "50m", memory: "32Mi" },
  },
  hubbleUiBackend: {
    of: "hubbleUi",
    requests: { cpu: "10m", memory: "64Mi" },
    limits: { cpu: "200m", memory: "128Mi" },
  },
  auditReaderCollector: {
    of: "auditReader",
    requests: { cpu: "50m", memory: "128Mi" },
    limits: { cpu: "300m", memory: "256Mi" },
  },
  ocsfConverter: {
    of: "ocsfTopic",
    requests: { cpu: "50m", memory: "96Mi" },
    limits: { cpu: "500m", memory: "256Mi" },
  },
} as const satisfies Readonly<Record<string, Sidecar>>;

/** What the stack may take of every node: the sum of the "node" rows. */
export const NODE_BUDGET: Resources = {
  requests: { cpu: "350m", memory: "1Gi" },
  limits: { cpu: "1500m", memory: "2Gi" },
};

/** The smallest cluster that the table was made for. */
export const MINIMUM_CLUSTER = { nodes: 2, cpu: "4", memory: "8Gi", kernel: "5.15", disk: "50Gi" } as const;
