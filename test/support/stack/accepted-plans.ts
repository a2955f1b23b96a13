import { clusterOf } from "../../../components/cluster/stack-cluster";
import { ConfigError } from "../../../components/core/config/config-error";
import { parseConfig } from "../../../components/core/config/parse";
import { ContractError } from "../../../components/core/contract/contract-error";
import { type Plan, plan } from "../../../components/core/plan/plan";
import type { CustomObject, Manifest } from "../../../components/kubernetes/manifest";
import { FEATURES } from "../../../components/registry";
import { EKS, NETWORK_OF_OTHERS } from "../eks/eks-config";
import { type BadValue, badValues } from "./bad-values";
import { baseConfig, placesOf, withPlace } from "./schema-walker";

/** What a value that was taken makes of the plan. */
export interface Accepted {
  /** "features.0.config.rules = ...". */
  what: string;
  plan: Plan;
}

/**
 * Every nth value of all places, where the plan takes it; the same ones in every run.
 * @param every 1 for all of them
 */
export function acceptedPlans(every: number): Tried {
  const values = badValues(placesOf(FEATURES)).filter((_, index) => index % every === 0);
  const result: Tried = { tried: values.length, accepted: [], broken: [] };
  for (const value of values) {
    const what = `${value.path.join(".")} = ${JSON.stringify(value.value).slice(0, 100)}`;
    try {
      result.accepted.push({ what, plan: planWith(baseFor(value), value) });
    } catch (error) {
      const isCoded = error instanceof ConfigError || error instanceof ContractError;
      if (!isCoded) result.broken.push(`${what}: ${error}`);
    }
  }
  return result;
}

/** What became of the values. */
export interface Tried {
  tried: number;
  accepted: Accepted[];
  /** Neither taken nor refused: an error without a code, with its value. */
  broken: string[];
}

/** What is below a managed Elasticsearch, or inside of it, needs one. */
function baseFor({ path }: BadValue): Record<string, unknown> {
  if (["kafka", "otlp", "cloudwatch", "s3"].includes(String(path[1]))) return kafkaBase();
  if (path[0] === "eks") return ownClusterBase(path.includes("existing"));
  const source = SOURCES[path[3] ?? ""];
  if (path[0] === "features" && source) return sourceBase(path, source);
  const isOfManaged = path[0] === "tests" || path[2] === "managed" || path[2] === "objects";
  return isOfManaged ? managedBase() : baseConfig(FEATURES);
}

/** What the parts of a feature's config need that belong to one source each. */
const SOURCES: Readonly<Record<string, object>> = {
  webhook: { url: "https://10.0.0.10:30643" },
  eks: { region: "eu-central-1" },
};

function sourceBase(path: BadValue["path"], part: object): Record<string, unknown> {
  const config = { source: path[3], [String(path[3])]: part };
  return withPlace(baseConfig(FEATURES), path.slice(0, 3), config) as Record<string, unknown>;
}

/** With all that only a managed Elasticsearch has. */
function managedBase(): Record<string, unknown> {
  return {
    ...baseConfig(FEATURES),
    output: { elasticsearch: { managed: {} } },
    tests: { enabled: true },
  };
}

/** With Kafka, and with all that reads from it. */
function kafkaBase(): Record<string, unknown> {
  const base = baseConfig(FEATURES);
  const client = { saslSecretRef: { name: "kafka-user", username: "stack" } };
  const kafka = { brokers: ["kafka.example:9093"], gateway: client, indexer: client };
  const region = "eu-central-1";
  const sinks = {
    otlp: [{ name: "loki", endpoint: "https://loki.example", kafka: client }],
    cloudwatch: { logGroup: "/security/documents", region, kafka: client },
    s3: { bucket: "archive", region, kafka: client },
  };
  return { ...base, output: { ...(base["output"] as object), kafka, ...sinks } };
}

/** With a cluster of its own, in a network of its own or in one of others. */
function ownClusterBase(inOthers: boolean): Record<string, unknown> {
  return {
    ...baseConfig(FEATURES),
    global: { clusterName: "dev", cluster: "eks" },
    eks: {
      ...EKS,
      network: inOthers ? NETWORK_OF_OTHERS : EKS.network,
      nodeGroups: [{ name: "nodes", taints: [{ key: "a", effect: "PreferNoSchedule" }] }],
    },
  };
}

function planWith(base: Record<string, unknown>, { path, value }: BadValue): Plan {
  const values = withPlace(base, named(path), value) as Record<string, unknown>;
  const settings = parseConfig({ values, encrypted: [] }, FEATURES);
  const planned = plan(settings);
  clusterOf(settings, planned);
  return planned;
}

/** `override` is a record of workloads: one that runs on every node stands for all. */
function named(path: BadValue["path"]): BadValue["path"] {
  return path[0] === "override" && path.length > 1 ? ["override", "falco", ...path.slice(2)] : path;
}

/** All objects of a plan but those of charts. */
export function objectsOf({ platform, features }: Plan): (Manifest | CustomObject)[] {
  return [
    ...platform,
    ...features.flatMap(({ contribution: { manifests, customObjects = [] } }) => [
      ...manifests,
      ...customObjects.map(({ after: _, provides: __, protect: ___, ...object }) => object),
    ]),
  ];
}
