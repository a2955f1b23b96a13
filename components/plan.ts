import type { ConfiguredFeature, Settings } from "./config/parse";
import {
  type Contribution,
  type Namespaces,
  namespacesOf,
  type PlanContext,
  type PlannedFeature,
  type SharedSettings,
  type WorkloadKind,
  type WorkloadSettings,
} from "./feature";
import { type Fit, fitCluster, mainContainer, type SizedWorkload } from "./fit";
import type { Manifest } from "./kubernetes";
import { stampLabels } from "./labels";
import { mergeOverrides, NODE_AGENT, type Override } from "./overrides";
import { chartName, imageReference, type PinnedChart, type PinnedImage } from "./pins";
import { NODE_AGENT_PRIORITY_CLASS, planPlatform } from "./platform/platform";
import type { Resources } from "./sizing";
import { configuredStore, type Store } from "./store";

/** Everything that will be deployed, as plain data: the same settings give the same bytes of JSON. */
export interface Plan {
  clusterName: string;
  /** Context of the kubeconfig; the current one where there is none. */
  context: string | undefined;
  namespaces: Namespaces;
  /** Made first, on their own: namespaces, what every namespace denies by default, priority classes. */
  platform: Manifest[];
  /** Namespaces among them that outlive the stack, with the volumes in them. */
  keptNamespaces: string[];
  /** In the order in which they are made. */
  features: PlannedFeature[];
  /** Features that are off. */
  disabled: string[];
  /** Every image that a node pulls, by workload. */
  images: Record<string, string>;
  sizing: { workloads: SizedWorkload[] } & Fit;
  warnings: string[];
  nextSteps: string[];
  /** Addresses by name, for the stack's outputs. */
  endpoints: Record<string, string>;
}

/**
 * Plans the stack: pure, without Outputs or I/O beyond the features' own files.
 * Features are planned from the highest priority number to the lowest, so that one which gathers what others
 * contribute (the pipeline) comes after them; they are made in the opposite order.
 */
export function plan(settings: Settings): Plan {
  const enabled = settings.features.filter((entry) => entry.enabled);
  const recorder = new WorkloadRecorder(settings);
  const features = planFeatures(enabled, recorder);
  const namespaces = recorder.namespaces;
  const workloads = recorder.sized();
  const fit = fitCluster(workloads);
  return {
    clusterName: settings.envelope.global.clusterName,
    context: settings.envelope.global.context,
    namespaces,
    platform: planPlatform(namespaces, features, settings.envelope.global.dns).map((m) =>
      stampLabels(m, "platform"),
    ),
    keptNamespaces: [...new Set(features.flatMap((f) => f.contribution.keptNamespaces ?? []))],
    features,
    disabled: settings.features.filter((entry) => !entry.enabled).map((entry) => entry.feature.name),
    images: recorder.images(),
    sizing: { workloads, ...fit },
    warnings: [...fit.warnings, ...features.flatMap((f) => f.contribution.warnings ?? [])],
    nextSteps: features.flatMap((f) => f.contribution.nextSteps ?? []),
    endpoints: Object.assign({}, ...features.map((f) => f.contribution.endpoints ?? {})),
  };
}

function planFeatures(enabled: readonly ConfiguredFeature[], recorder: WorkloadRecorder): PlannedFeature[] {
  const planned: PlannedFeature[] = [];
  for (const { feature, config } of [...enabled].reverse()) {
    const contribution = feature.plan(config, recorder.contextFor([...planned]));
    planned.unshift({
      name: feature.name,
      title: feature.title,
      priority: feature.priority,
      contribution: stampContribution(contribution, feature.name),
    });
  }
  return planned;
}

function stampContribution(contribution: Contribution, feature: string): Contribution {
  return {
    ...contribution,
    manifests: contribution.manifests.map((manifest) => stampLabels(manifest, feature)),
    customObjects: contribution.customObjects?.map((object) => stampLabels(object, feature)),
  };
}

/** Hands out workload settings and images to the features, and remembers them for the plan's summary. */
class WorkloadRecorder {
  readonly namespaces: Namespaces;
  private readonly shared: SharedSettings;
  private readonly store: Store;
  private readonly workloads = new Map<string, { kind: WorkloadKind; settings: WorkloadSettings }>();
  private readonly furtherContainers = new Map<string, SizedWorkload & { image: string }>();

  constructor(private readonly settings: Settings) {
    this.namespaces = namespacesOf(settings.envelope.global);
    this.shared = Object.assign(
      {},
      ...settings.features.map(({ feature, config }) => feature.shares?.(config) ?? {}),
    );
    this.store = Object.assign(
      configuredStore(settings.envelope.output),
      ...settings.features
        .filter(({ enabled }) => enabled)
        .map(({ feature, config }) => feature.store?.(config, this.namespaces) ?? {}),
    );
  }

  contextFor(contributions: readonly PlannedFeature[]): PlanContext {
    const { global, tests } = this.settings.envelope;
    return {
      global,
      store: this.store,
      tests,
      shared: this.shared,
      namespaces: this.namespaces,
      contributions,
      workload: (name, kind, image, defaults) => this.workload(name, kind, image, defaults),
      further: (container, image) => this.further(container, image),
      chart: (chart) => this.chart(chart),
    };
  }

  sized(): SizedWorkload[] {
    const main = [...this.workloads].map(([name, { kind, settings }]) => ({
      name,
      kind,
      replicas: settings.replicas,
      ...settings.resources,
    }));
    const further = [...this.furtherContainers.values()].map(({ image: _, ...container }) => container);
    return [...main, ...further].sort((a, b) => a.name.localeCompare(b.name));
  }

  images(): Record<string, string> {
    const main = [...this.workloads].map(([name, { settings }]) => [name, settings.image] as const);
    const further = [...this.furtherContainers].map(([name, { image }]) => [name, image] as const);
    return Object.fromEntries([...main, ...further].sort(([a], [b]) => a.localeCompare(b)));
  }

  private workload(
    name: string,
    kind: WorkloadKind,
    image: PinnedImage,
    defaults: Override = {},
  ): WorkloadSettings {
    const { override, global } = this.settings.envelope;
    const perNode = kind === "DaemonSet";
    const layers: (Override | undefined)[] = [
      { resources: mainContainer(name) },
      defaults,
      perNode ? override[NODE_AGENT] : undefined,
      override[name],
    ];
    const merged = mergeOverrides(...layers);
    const settings: WorkloadSettings = {
      resources: completeResources(name, merged.resources),
      replicas: merged.replicas ?? 1,
      // A sensor that misses the tainted nodes misses the control plane, of all nodes.
      tolerations: merged.tolerations ?? (perNode ? [{ operator: "Exists" }] : []),
      nodeSelector: { "kubernetes.io/os": "linux", ...merged.nodeSelector },
      priorityClassName: merged.priorityClassName ?? (perNode ? NODE_AGENT_PRIORITY_CLASS : undefined),
      image: merged.image ?? imageReference(image, global.imageRegistry),
    };
    this.workloads.set(name, { kind, settings });
    return settings;
  }

  private further({ name, kind, replicas, requests, limits }: SizedWorkload, image: PinnedImage): string {
    const reference = imageReference(image, this.settings.envelope.global.imageRegistry);
    this.furtherContainers.set(name, { name, kind, replicas, requests, limits, image: reference });
    return reference;
  }

  private chart(chart: PinnedChart) {
    const mirror = this.settings.envelope.global.charts;
    if (mirror === undefined)
      return { chart: chart.chart, version: chart.version, repository: chart.repository };
    const source = `${mirror.replace(/\/$/, "")}/${chartName(chart)}`;
    return mirror.startsWith("oci://") ? { chart: source, version: chart.version } : { chart: source };
  }
}

function completeResources(name: string, resources: Override["resources"]): Resources {
  const { requests, limits } = resources ?? {};
  if (!requests?.cpu || !requests.memory || !limits?.cpu || !limits.memory)
    throw new Error(
      `workload ${name} has no row in the sizing table and its feature gives no complete resources`,
    );
  return {
    requests: { cpu: requests.cpu, memory: requests.memory },
    limits: { cpu: limits.cpu, memory: limits.memory },
  };
}
