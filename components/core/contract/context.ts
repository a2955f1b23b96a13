import type { ToolDocuments } from "../../documents/documents";
import type { ContributedPanel, Dashboard } from "../../documents/panel";
import type { Store } from "../../documents/store";
import type { RuleScope } from "../../kubernetes/admission-rules";
import type { Capability } from "../../kubernetes/capabilities";
import type { ChartSource } from "../../kubernetes/charts";
import type { WorkloadKind, WorkloadSettings } from "../../kubernetes/workloads";
import type { AlertsConfig } from "../config/alerts-schema";
import type { Eks } from "../config/eks-schema";
import type { Global, Tests } from "../config/envelope-schema";
import type { Exception } from "../config/exceptions-schema";
import type { Kafka } from "../config/kafka-schema";
import type { SizedWorkload } from "../plan/fit";
import type { Override } from "../plan/overrides";
import type { PinnedChart, PinnedImage } from "../tables/pins";
import type { PlannedFeature } from "./contribution";
import type { Namespaces } from "./namespaces";
import type { ConfiguredSink } from "./sink";

/** Written by one feature, read by others. */
export interface SharedSettings {
  /** Folder on every node below which each sensor has a folder of its own for its log files. */
  nodeLogBasePath: string;
  /** By which rules users' pods are judged, wherever they are. */
  admissionRules: RuleScope;
}

/** What the features of the whole registry bring, switched on or off. */
export interface RegistryFacts {
  /** By tool, in the order of their names. */
  documents: readonly ToolDocuments[];
  dashboards: readonly Dashboard[];
  panels: readonly ContributedPanel[];
  /** Executable paths of the stack's own agents that look at the host. */
  hostPrograms: readonly string[];
}

/** What a feature is planned with. */
export interface PlanContext {
  global: Global;
  /** The cluster that the stack makes for itself, where it does. */
  eks: Eks | undefined;
  /** Where documents go. */
  store: Store;
  /** What is between the gateways and the store, where anything is. */
  kafka: Kafka | undefined;
  /** Where documents go besides the store, in the order of the stack config. */
  sinks: readonly ConfiguredSink[];
  tests: Tests;
  /** Numbers of the alert rules, and who tells people of what they find. */
  alerts: AlertsConfig;
  shared: SharedSettings;
  namespaces: Namespaces;
  registry: RegistryFacts;
  /** What the features that are on provide as a whole, whichever are planned first. */
  provided: readonly Capability[];
  /** Events that are left out on purpose: those that hold today, in the order of the stack config. */
  exceptions: readonly Exception[];
  /** Where in the stack config the feature's own config is, for errors that no schema can know. */
  configPath: readonly (string | number)[];
  /** Contributions of the features with a higher priority number, which are planned before this one. */
  contributions: readonly PlannedFeature[];
  /**
   * The settings of one workload: sizing table < `defaults` (the feature's own config) < `override.nodeAgent`
   * (DaemonSets only) < `override.<workload>`.
   * @param instance Which one it is, where there are several of that name
   */
  workload(
    name: string,
    kind: WorkloadKind,
    image: PinnedImage,
    defaults?: Override,
    instance?: string,
  ): WorkloadSettings;
  /**
   * The image of a container beside the workloads' main ones (a sidecar, pods that an operator makes) as it is
   * pulled: through the mirror where one is set. What it asks for counts in the fit; no override reaches it.
   */
  sideContainer(container: SizedWorkload, image: PinnedImage): string;
  /** A pinned chart from its repository, or from `global.charts` where that is set. */
  chart(chart: PinnedChart): ChartSource;
}
