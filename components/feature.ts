import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { ZodType } from "zod";
import type { Envelope, Global, Tests } from "./config/schema";
import type { SizedWorkload } from "./fit";
import type { Manifest, PlannedObject } from "./kubernetes";
import type { Override } from "./overrides";
import type { PinnedChart, PinnedImage } from "./pins";
import type { Resources } from "./sizing";
import type { SecretKey, Store } from "./store";

/**
 * A feature of the stack: one security tool, or a part of the platform that can be switched on and off.
 * Adding one is a folder with an object of this type and a line in `registry.ts`; nothing else names it.
 */
export interface Feature<Config = unknown> {
  /** The name in `features[].name`, `toggle` and the label `app.kubernetes.io/component`. */
  name: string;
  /** How people write it: "Falco". */
  title: string;
  /** Order of creation, low first: the pipeline 10, sensors 100, what scans the running stack 200. */
  priority: number;
  /** Of `features[].config`: a strict object in which every key has a default. */
  schema: ZodType<Config>;
  /**
   * For a feature whose config is a part of the envelope, not of `features`: that part, or undefined where it asks for
   * nothing and the feature is off. `toggle` wins over it too.
   */
  configuredBy?(envelope: Envelope): unknown;
  /** Features that must be enabled too. */
  requires?: readonly string[];
  /** The override targets that this feature answers to, each a key of `override`. */
  workloads: readonly string[];
  /** Settings that other features may read from the context, whether or not this one is enabled. */
  shares?(config: Config): Partial<SharedSettings>;
  /** What it says of the store, for a feature that runs it or what is in it. */
  store?(config: Config, namespaces: Namespaces): Partial<Store>;
  /**
   * What the feature adds to the stack, as plain data: no Output, no I/O but reading its own files, the same
   * result for the same input.
   */
  plan(config: Config, context: PlanContext): Contribution;
  /** For what can't be plain data (a certificate, a secret). Default: `FeatureComponent` in feature-component.ts. */
  component?: FeatureComponentClass;
}

/** Written by one feature, read by others. */
export interface SharedSettings {
  /** Folder on every node below which each sensor has a folder of its own for its log files. */
  nodeLogBasePath: string;
}

export interface PlanContext {
  global: Global;
  /** Where documents go. */
  store: Store;
  tests: Tests;
  shared: SharedSettings;
  namespaces: Namespaces;
  /** Contributions of the features with a higher priority number, which are planned before this one. */
  contributions: readonly PlannedFeature[];
  /**
   * The settings of one workload: sizing table < `defaults` (the feature's own config) < `override.nodeAgent`
   * (DaemonSets only) < `override.<workload>`.
   */
  workload(name: string, kind: WorkloadKind, image: PinnedImage, defaults?: Override): WorkloadSettings;
  /**
   * The image of a container beside the workloads' main ones (a sidecar, pods that an operator makes) as it is
   * pulled: through the mirror where one is set. What it asks for counts in the fit; no override reaches it.
   */
  further(container: SizedWorkload, image: PinnedImage): string;
  /** A pinned chart from its repository, or from `global.charts` where that is set. */
  chart(chart: PinnedChart): ChartSource;
}

export type WorkloadKind = "DaemonSet" | "Deployment" | "StatefulSet" | "CronJob" | "Job";

/** Namespaces by what their Pod Security level lets run there. */
export interface Namespaces {
  /** "privileged": the agents on the nodes, which need host paths and capabilities. */
  privileged: string;
  /** "restricted": everything else of ours. */
  restricted: string;
}

export function namespacesOf({ namespace, restrictedNamespace }: Global): Namespaces {
  return { privileged: namespace, restricted: restrictedNamespace };
}

/** An override with nothing left open. */
export interface WorkloadSettings {
  resources: Resources;
  replicas: number;
  tolerations: NonNullable<Override["tolerations"]>;
  nodeSelector: Record<string, string>;
  priorityClassName: string | undefined;
  /** As it is pulled. */
  image: string;
}

/** What a feature adds to the stack. */
export interface Contribution {
  manifests: Manifest[];
  charts?: Chart[];
  /** Made after the charts, deleted before them. */
  customObjects?: PlannedObject[];
  /** For the collectors; what the tool writes and how it becomes a document. */
  collector?: CollectorFragment;
  /** Keys of Elasticsearch that its pods mount; made by the program where `store.makesKeys`. */
  apiKeys?: ApiKey[];
  conditions: Condition[];
  /** Namespaces with data that outlives the feature: they are not deleted, since all that is in one goes with it. */
  keptNamespaces?: string[];
  /** What an administrator should know, shown by `npm run plan` and after `npm run up`. */
  warnings?: string[];
  nextSteps?: string[];
  /** Addresses by name, shown in the stack's outputs. */
  endpoints?: Record<string, string>;
  /** Plain data for the feature's own component. */
  component?: Record<string, unknown>;
}

/** An Elasticsearch API key with just the rights that one client needs. */
export interface ApiKey {
  /** What it is for: "gateway". */
  name: string;
  /** Where the client's pods find it, encoded, in the restricted namespace. */
  secret: SecretKey;
  /** Labels of the client's pods there, which a NetworkPolicy lets in. */
  pods: Readonly<Record<string, string>>;
  /** Role descriptors of Elasticsearch's "create API key", by name. */
  roles: Readonly<Record<string, unknown>>;
}

/** An official chart, rendered by the Kubernetes provider (`helm.v4.Chart`). */
export interface Chart {
  /** Helm release name. */
  name: string;
  namespace: string;
  /** From `context.chart(CHARTS.x)`: the pinned chart, or its copy in `global.charts`. */
  source: ChartSource;
  /** Leave out the objects of the chart's `crds/` folder. */
  skipCrds?: boolean;
  /** Keep the CRDs that the chart marks as to be kept, when it goes; by default they go too. */
  keepCrds?: boolean;
  values: Record<string, unknown>;
}

/** Where `helm.v4.Chart` finds a chart. */
export interface ChartSource {
  chart: string;
  version?: string;
  repository?: string;
}

/** "Ready" of a feature: all of its workloads have as many ready pods as they want. */
export interface Condition {
  /** For instance "FalcoReady". */
  type: string;
  workloads: (WorkloadRef | OperatedRef)[];
  /** What the user still has to do for it, said while it is not ready. */
  until?: string;
}

export interface WorkloadRef {
  kind: WorkloadKind;
  namespace: string;
  name: string;
}

/** A custom object whose operator runs pods for it. */
export interface OperatedRef {
  kind: string;
  namespace: string;
  name: string;
  /** Field of its status with the number of ready pods. */
  readyField: string;
  /** How many it wants. */
  desired: number;
}

/** What one tool writes on the nodes, and how a line of it becomes a document in Elasticsearch. */
export interface CollectorFragment {
  /** Value of `labels.security_tool` and `event.module` in every document; a name of its own per fragment. */
  tool: string;
  /** Which of the output's indices the documents go to. */
  index: "events" | "inventory" | "vulnerabilities";
  /**
   * Receivers of the node collector by their OpenTelemetry id, `<type>/<tool>[_part]`: files with one JSON object
   * per line. Delivery settings (checkpoints, retry) are the pipeline's and are added to each.
   */
  receivers: Record<string, CollectorComponent>;
  /** Line to document, at the gateway. */
  document: DocumentMapping;
  /** Minutes after which its silence on a node is no good sign; none for a tool that may have nothing to say. */
  heartbeatMinutes?: number;
}

/**
 * How a line becomes a document, in OTTL of the log context. The parsed line is the map `log.cache["source"]`, the
 * document is the map `log.body`; what all documents have (time, host, cluster, tool, id) is made by the pipeline.
 */
export interface DocumentMapping {
  /** Statements on the text of the line, `log.body`, before it is parsed. */
  prepare?: string[];
  /** A line for which a condition does not hold goes to the dead-letter index, with the reason. */
  expects: { condition: string; reason: string }[];
  /** OTTL value: when it happened, as RFC 3339 text. Where it is none, the time of reading is taken. */
  time: string;
  /**
   * OTTL values that are strings and together tell one event from another: the document's `_id` is the first, which
   * is a time, and a hash of all. Without any, it is a hash of the line.
   */
  identity: string[];
  /** Fields that are the same in all documents, as nested maps. The statements may change them. */
  fixed?: Record<string, unknown>;
  /** Maps that the statements read values from, by name: `lookup(name, key)` in pipeline/ottl.ts. */
  lookups?: Record<string, Readonly<Record<string, unknown>>>;
  statements: string[];
}

export type CollectorComponent = Record<string, unknown>;

/** A feature's place in the plan. */
export interface PlannedFeature {
  name: string;
  title: string;
  priority: number;
  contribution: Contribution;
}

/** How stack.ts makes a feature's resources. */
export type FeatureComponentClass = new (
  name: string,
  feature: PlannedFeature,
  secrets: SecretInputs,
  opts: ComponentResourceOptions,
) => FeatureComponentLike;

export interface FeatureComponentLike {
  /** Live counts behind the feature's conditions. */
  readonly conditions: import("@pulumi/pulumi").Output<ConditionStatus[]>;
}

/** Secrets of the stack config by their path, for instance `output.elasticsearch.apiKey`. */
export type SecretInputs = Readonly<Record<string, import("@pulumi/pulumi").Output<string>>>;

/** Kubernetes' own condition shape. */
export interface ConditionStatus {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** Pods ready and wanted, "2/2". */
  ready: string;
}

/** Types a feature's definition; the registry holds features of any config type. */
export function defineFeature<Config>(feature: Feature<Config>): Feature {
  return feature as Feature;
}
