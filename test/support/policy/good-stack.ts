import * as fs from "node:fs";
import * as path from "node:path";
import { placeChart } from "../../../tools/dev/engine/charts";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { IMAGES } from "../admission/signatures";

const RUNTIME_SOCKETS = [
  "/run/containerd/containerd.sock",
  "/run/k3s/containerd/containerd.sock",
  "/run/crio/crio.sock",
];

/** Every feature of the stack, as a production stack has it, and every container runtime that is supported. */
export const GOOD_CONFIG = {
  global: { clusterName: "policy-test" },
  features: [
    { name: "otel_pipeline", enabled: true, config: { gatewayReplicas: 2 } },
    { name: "falco", config: { runtimeSockets: RUNTIME_SOCKETS } },
    { name: "tetragon" },
    { name: "osquery" },
    { name: "trivy" },
    { name: "correlation" },
    { name: "k8s_audit", config: { source: "webhook", webhook: { url: "https://10.0.0.10:30643" } } },
    { name: "pod_admission", config: { signatures: { engine: "kyverno", images: IMAGES } } },
    { name: "ocsf", config: { s3: { bucket: "lake", region: "eu-central-1" } } },
    { name: "gatekeeper" },
    {
      name: "cilium",
      config: {
        encryption: { type: "wireguard", strictMode: { enabled: true } },
        hubble: { ui: true },
        kubeProxyReplacement: true,
        apiServer: { host: "10.0.0.10", port: 6443 },
      },
    },
    {
      name: "istio",
      config: {
        preset: "production",
        namespaces: ["shop"],
        mtls: { mode: "STRICT" },
        egress: { hosts: [{ host: "api.example.com", from: [{ namespace: "shop" }] }] },
        services: [
          {
            ...{ namespace: "shop", name: "orders", pods: { app: "orders" } },
            allow: [{ from: [{ namespace: "shop" }], methods: ["GET"], paths: ["/orders/*"] }],
          },
        ],
      },
    },
    { name: "workload_namespaces", config: { namespaces: [{ name: "shop" }] } },
    {
      name: "notifications",
      config: {
        receivers: [
          { name: "team", slack: { channel: "#security", secretRef: { name: "slack" } } },
          { name: "topic", sns: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alerts" } },
        ],
      },
    },
    {
      name: "response",
      config: {
        namespaces: ["shop"],
        rules: [
          { name: "cut-off", match: { techniques: ["T1611"] }, action: "quarantine", mode: "enforce" },
          { name: "end", match: { minSeverity: "critical" }, action: "evict", mode: "approve" },
        ],
        approvers: [{ kind: "Group", name: "security" }],
      },
    },
  ],
  output: {
    // The production preset is more than the two small nodes that the policies assume unless told otherwise. What is
    // inside of it is no Kubernetes object, and so no policy's business.
    elasticsearch: { managed: { preset: "poc", protect: true }, objects: { enabled: false } },
    otlp: [{ name: "siem", endpoint: "https://siem.example" }],
    cloudwatch: { logGroup: "/security/documents", region: "eu-central-1" },
    s3: { bucket: "archive", region: "eu-central-1" },
  },
};

/** A folder with the official charts under their names, for `global.charts`. */
export async function chartsFolder(folder: string): Promise<string> {
  const charts = await ensureTools([
    "chart-tetragon",
    "chart-trivy-operator",
    "chart-eck-operator",
    "chart-gatekeeper",
    "chart-cilium",
    ...(["chart-base", "chart-istiod", "chart-cni", "chart-ztunnel"] as const),
  ]);
  fs.mkdirSync(folder, { recursive: true });
  for (const [tool, chart] of Object.entries(charts))
    placeChart(chart, path.join(folder, tool.replace(/^chart-/, "")), false);
  return folder;
}
