import { reasonAgainstRealNode } from "../node/requirements";
import type { ToolName } from "../toolchain/ensure";

/** A rung of the test ladder: what is real in it, and which tools it cannot do without. */
export interface Rung {
  name: string;
  what: string;
  tools: readonly ToolName[];
  /**
   * How long it may take with nothing beside it on two idle cores: seconds when every tool is there, minutes to get those that
   * no rung before it needs.
   */
  quota: { warmSeconds: number; coldMinutes: number };
  /** Files that run at the same time, each in a process of its own; without it all run in one, one after the other. */
  jobs?: number;
  /** The same where no other rung runs beside it. */
  jobsAlone?: number;
  /** Rung beside which it runs where both do, since it waits for a good part of its time; its output is shown at its end. */
  beside?: string;
  /** Why this machine can't have it, if so: then it is left out unless it is named. */
  impossible?: () => string | undefined;
}

const ENGINE: readonly ToolName[] = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes"];
const CLUSTER: readonly ToolName[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
];
const ELASTIC: readonly ToolName[] = [
  "pulumi-resource-terraform-provider",
  "terraform-provider-elasticstack",
];
const NODE: readonly ToolName[] = [
  "kubelet",
  "kube-proxy",
  "coredns",
  "pause",
  "eck-operator",
  "otelcol-contrib",
  "elasticsearch",
];
const AWS: readonly ToolName[] = ["moto", "aws-cli", "pulumi-resource-aws"];
const MESH_CHARTS: readonly ToolName[] = ["chart-base", "chart-istiod", "chart-cni", "chart-ztunnel"];
const SIGNATURE_KINDS = ["manifests-kyverno", "manifests-policy-controller"] as const;
const MESH: readonly ToolName[] = [...MESH_CHARTS, "manifests-istio", "manifests-gateway-api", "istiod"];
const CHARTS: readonly ToolName[] = [
  "chart-tetragon",
  "chart-trivy-operator",
  "chart-eck-operator",
  "chart-gatekeeper",
  "chart-cilium",
  ...MESH_CHARTS,
];
const MANIFESTS: readonly ToolName[] = [
  "manifests-argo-cd",
  "manifests-argo-rollouts",
  "manifests-prometheus-operator",
];

/**
 * In the order in which they run: what fails fast first. Each is the folder of that name in test/. The pipeline's are not
 * beside the cluster's: there the collectors had so little of two cores that they sent lines twice. Files run two at a time
 * where they wait for a good part of their time.
 */
export const RUNGS: readonly Rung[] = [
  {
    name: "static",
    what: "types, lint, floors, names, versions",
    tools: [],
    quota: { warmSeconds: 30, coldMinutes: 0 },
    jobs: 2,
  },
  {
    name: "unit",
    what: "pure plan, config, synthesis",
    tools: [],
    quota: { warmSeconds: 60, coldMinutes: 0 },
    jobs: 3,
  },
  {
    name: "component",
    what: "resources under Pulumi's mocks",
    tools: [],
    quota: { warmSeconds: 5, coldMinutes: 0 },
  },
  {
    name: "ocsf",
    what: "documents of every tool under the official OCSF schema",
    tools: ["ocsf-schema", "pyarrow"],
    quota: { warmSeconds: 30, coldMinutes: 0 },
  },
  {
    name: "render",
    what: "real engine and provider, YAML out",
    tools: [...ENGINE, ...ELASTIC, ...CHARTS, "pulumi-gen-nodejs", "pulumi-stack-file"],
    quota: { warmSeconds: 20, coldMinutes: 16 },
    jobs: 2,
  },
  {
    name: "policy",
    what: "the real policy pack in real previews",
    tools: [...ENGINE, ...CHARTS, ...MANIFESTS],
    quota: { warmSeconds: 75, coldMinutes: 1 },
    jobs: 2,
  },
  {
    name: "cluster",
    what: "real engine, real control plane, simulated nodes",
    tools: [...ENGINE, ...CLUSTER, ...CHARTS, "kubectl", "manifests-istio", ...SIGNATURE_KINDS],
    quota: { warmSeconds: 190, coldMinutes: 8 },
    jobs: 2,
    jobsAlone: 3,
  },
  {
    name: "pipeline",
    what: "real collector, real Elasticsearch",
    tools: [
      ...ENGINE,
      ...ELASTIC,
      ...CLUSTER,
      ...CHARTS,
      "otelcol-contrib",
      "elasticsearch",
      "chromium",
      "pyarrow",
    ],
    quota: { warmSeconds: 220, coldMinutes: 3 },
    jobs: 3,
  },
  {
    name: "audit",
    beside: "cluster",
    what: "real API server's audit log, real collectors, real Elasticsearch",
    tools: [
      ...CLUSTER,
      "otelcol-contrib",
      "elasticsearch",
      "moto",
      "eck-operator",
      "chart-eck-operator",
      "manifests-istio",
    ],
    quota: { warmSeconds: 60, coldMinutes: 1 },
  },
  {
    name: "kafka",
    beside: "policy",
    what: "real Kafka, collectors and Elasticsearch",
    tools: ["kafka", "otelcol-contrib", "elasticsearch", "ocsf-schema"],
    quota: { warmSeconds: 40, coldMinutes: 1 },
    jobs: 2,
  },
  {
    name: "response",
    beside: "cluster",
    what: "real Alertmanager, real Elasticsearch with replayed attacks, receivers that fail on command",
    tools: ["otelcol-contrib", "elasticsearch", "alertmanager", "amtool", "oscal-schemas"],
    quota: { warmSeconds: 40, coldMinutes: 3 },
    jobs: 2,
  },
  {
    name: "node",
    beside: "cluster",
    what: "real containers: kubelet, ECK's operator and Elasticsearch in pods",
    tools: [...ENGINE, ...CLUSTER, ...CHARTS, ...NODE],
    impossible: () => reasonAgainstRealNode(process),
    quota: { warmSeconds: 120, coldMinutes: 12 },
  },
  {
    name: "scan",
    beside: "pipeline",
    what: "rendered manifests under kube-score and trivy config",
    tools: [...ENGINE, ...CHARTS, "kube-score", "trivy"],
    quota: { warmSeconds: 40, coldMinutes: 7 },
  },
  {
    name: "eks",
    beside: "cluster",
    what: "real AWS provider's code, stand-ins of the EKS API and of AWS, real API server",
    tools: [...ENGINE, ...CLUSTER, ...AWS],
    quota: { warmSeconds: 90, coldMinutes: 5 },
    jobs: 2,
  },
  {
    name: "mesh",
    what: "real Gatekeeper and istiod: what they say to a real API server; gator; Cilium's definitions",
    tools: [
      ...ENGINE,
      ...CLUSTER,
      ...(["kubectl", "chart-gatekeeper", "gatekeeper", "gator"] as const),
      ...(["chart-cilium", "manifests-cilium"] as const),
      ...MESH,
    ],
    quota: { warmSeconds: 500, coldMinutes: 18 },
    jobs: 2,
  },
];
