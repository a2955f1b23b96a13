/**
 * The one table of what every workload asks of a node. The features, the policy pack and the fit check all
 * read it; it imports a type and nothing else, so that the policy pack can be compiled with it alone.
 */
import type { Resources } from "../../kubernetes/workloads";

/** Where the pods of a workload run: once on every node, or a number of replicas in the cluster. */
export type Placement = "node" | "cluster";

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
  alertmanager: row("cluster", ["20m", "300m"], ["64Mi", "256Mi"]),
  auditReceiver: row("cluster", ["50m", "500m"], ["96Mi", "256Mi"]),
  auditReader: row("cluster", ["70m", "500m"], ["224Mi", "448Mi"]),
  notifier: row("cluster", ["20m", "300m"], ["64Mi", "128Mi"]),
  responder: row("cluster", ["20m", "300m"], ["64Mi", "128Mi"]),
  correlator: row("cluster", ["50m", "500m"], ["128Mi", "256Mi"]),
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
  auditReaderCollector: {
    of: "auditReader",
    requests: { cpu: "50m", memory: "128Mi" },
    limits: { cpu: "300m", memory: "256Mi" },
  },
} as const satisfies Readonly<Record<string, Sidecar>>;

/** What the stack may take of every node: the sum of the "node" rows. */
export const NODE_BUDGET: Resources = {
  requests: { cpu: "350m", memory: "1Gi" },
  limits: { cpu: "1500m", memory: "2Gi" },
};

/** The smallest cluster that the table was made for. */
export const MINIMUM_CLUSTER = { nodes: 2, cpu: "4", memory: "8Gi", kernel: "5.15", disk: "50Gi" } as const;
