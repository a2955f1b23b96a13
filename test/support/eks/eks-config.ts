import { stringify } from "yaml";
import type { ClusterPlan } from "../../../components/cluster/cluster-plan";
import { clusterOf } from "../../../components/cluster/stack-cluster";
import { ConfigError, type ConfigIssue } from "../../../components/core/config/config-error";
import { parseConfig, type RawConfig } from "../../../components/core/config/parse";
import { plan } from "../../../components/core/plan/plan";
import { FEATURES } from "../../../components/registry";
import { type ConfigPath, withPlace } from "../stack/schema-walker";

export const ADMIN = "arn:aws:iam::123456789012:role/platform";

/** The smallest section `eks`. */
export const EKS = {
  accountId: "123456789012",
  region: "eu-central-1",
  network: { zones: ["eu-central-1a", "eu-central-1b"] },
  endpoint: { publicCidrs: ["192.0.2.0/24"] },
  admins: [ADMIN],
};

/** A stack on a cluster of its own, with a sensor. */
export const EKS_STACK = {
  global: { clusterName: "shop", cluster: "eks" },
  eks: EKS,
  features: [{ name: "otel_pipeline" }, { name: "osquery" }],
  output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
};

export const NETWORK_OF_OTHERS = {
  existing: {
    vpcId: "vpc-0123456789abcdef0",
    privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  },
};

export const BOTH = {
  "eks.nodeGroups": [
    { name: "system" },
    { name: "batch", os: "bottlerocket", spot: true, taints: [{ key: "batch", effect: "NoSchedule" }] },
  ],
};

/** Every shape that a plan may have. */
export const PLANS: [string, Record<string, unknown>][] = [
  ["AL2023", {}],
  ["Bottlerocket", { "eks.nodeGroups": [{ name: "nodes", os: "bottlerocket" }] }],
  ["both", BOTH],
  ["a NAT gateway a zone", { "eks.network.nat": "perZone" }],
  ["a network of others", { "eks.network": NETWORK_OF_OTHERS }],
  ["a private endpoint", { "eks.endpoint": { access: "private" } }],
  ["node monitoring", { "eks.addons.nodeMonitoring": true }],
  ["protection", { "eks.protect": true }],
  [
    "a network of pods of the stack's own",
    { features: [{ name: "cilium", enabled: true, config: { mode: "eni", kubeProxyReplacement: true } }] },
  ],
  [
    "pods with rights in AWS",
    { features: [{ name: "otel_pipeline" }, { name: "k8s_audit", config: { source: "eks" } }] },
  ],
];

/** The stack with values at other places, by their path: "eks.network.nat". */
export function stackWith(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.entries(changes).reduce<Record<string, unknown>>(
    (stack, [path, value]) => withPlace(stack, pathOf(path), value) as Record<string, unknown>,
    EKS_STACK,
  );
}

function pathOf(path: string): ConfigPath {
  return path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

const TODAY = "2026-11-29";

export function rawStack(changes: Readonly<Record<string, unknown>> = {}, today = TODAY): RawConfig {
  // As YAML has it: a key with the value undefined is none.
  const values = JSON.parse(JSON.stringify(stackWith(changes))) as Record<string, unknown>;
  return { values, encrypted: [], occasion: { stack: "dev", today } };
}

export function clusterPlan(changes: Readonly<Record<string, unknown>> = {}): ClusterPlan {
  const settings = parseConfig(rawStack(changes), FEATURES);
  const cluster = clusterOf(settings, plan(settings));
  if (!cluster) throw new Error("no cluster is planned");
  return cluster;
}

/** What is wrong with the stack. */
export function eksIssues(changes: Readonly<Record<string, unknown>>, today = TODAY): readonly ConfigIssue[] {
  try {
    const settings = parseConfig(rawStack(changes, today), FEATURES);
    clusterOf(settings, plan(settings));
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error(`this was accepted: ${stringify(changes)}`);
}
