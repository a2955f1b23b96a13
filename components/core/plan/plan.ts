import { plannedFragment } from "../../documents/documents";
import type { Ordered } from "../../kubernetes/capabilities";
import { stampLabels } from "../../kubernetes/labels";
import type { Manifest, PlannedObject } from "../../kubernetes/manifest";
import type { ConfiguredFeature } from "../config/configured-feature";
import type { Adopted, Global } from "../config/envelope-schema";
import type { Settings } from "../config/parse";
import type { PlanContext } from "../contract/context";
import type { Contribution, PlannedFeature } from "../contract/contribution";
import { type Namespaces, namespacesOf } from "../contract/namespaces";
import type { ExtraResources, ResourceScope } from "../contract/resources";
import { configuredStore } from "./configured-store";
import { refuseTwoEnforcers } from "./enforcers";
import { type PlannedException, planExceptions, unappliedWarnings } from "./exceptions";
import { refuseImpossible } from "./feasible";
import { type Fit, fitCluster, type SizedWorkload } from "./fit";
import { refuseMeshedStack } from "./meshed";
import { checkOrdering } from "./ordering";
import { planPlatform } from "./platform";
import { registryFacts } from "./registry-facts";
import { WorkloadRecorder } from "./workload-recorder";

/** Everything that will be deployed, as plain data: the same settings give the same bytes of JSON. */
export interface Plan {
  clusterName: string;
  /** Context of the kubeconfig; the current one where there is none. */
  context: string | undefined;
  /** What the stack takes over. */
  adopt: readonly Adopted[];
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
  /** What is left out on purpose, and by whom; none where the stack config has none. */
  exceptions?: PlannedException[];
  warnings: string[];
  nextSteps: string[];
  /** Addresses by name, for the stack's outputs. */
  endpoints: Record<string, string>;
}

/** All objects that the plan names: not those of charts. */
export function plannedObjects({ platform, features }: Plan): (Manifest | PlannedObject)[] {
  return [
    ...platform,
    ...features.flatMap(({ contribution }) => [
      ...contribution.manifests,
      ...(contribution.customObjects ?? []),
    ]),
  ];
}

/** A plan, and what the engine runs beside it. */
export interface PlanWithExtras {
  plan: Plan;
  /** By feature: makes what can't be plain data. */
  extras: ReadonlyMap<string, MakeExtra>;
  /** By feature: the capabilities that it provides and waits for. */
  ordering: ReadonlyMap<string, Ordered>;
}

export type MakeExtra = (scope: ResourceScope) => ExtraResources;

/**
 * Plans the stack: pure, without Outputs or I/O beyond the features' own files.
 * @throws ContractError where what the features bring does not fit together.
 */
export function plan(settings: Settings): Plan {
  return planWithExtras(settings).plan;
}

/**
 * The plan, with what the engine runs beside it.
 * Features are planned from the highest priority number to the lowest, so that one which gathers what others
 * contribute (the pipeline) comes after them; they are made in the opposite order.
 * @throws ContractError where what the features bring does not fit together.
 */
export function planWithExtras(settings: Settings): PlanWithExtras {
  const enabled = settings.features.filter((entry) => entry.enabled);
  const recorder = new WorkloadRecorder(settings.envelope);
  const planned = planFeatures(enabled, sharedContext(settings, recorder));
  const { extras } = planned;
  const features = completed(enabled, planned.features, settings.envelope.global);
  refuseImpossible(features, settings.features, recorder.ofMainContainers());
  const ordering = new Map(enabled.map(({ feature }) => [feature.name, feature]));
  checkOrdering(features, ordering);
  refuseTwoEnforcers(features);
  refuseMeshedStack(namespacesOf(settings.envelope.global), features);
  return { plan: summarise(settings, features, recorder), extras, ordering };
}

function summarise(settings: Settings, features: PlannedFeature[], recorder: WorkloadRecorder): Plan {
  const namespaces = namespacesOf(settings.envelope.global);
  const workloads = recorder.sized();
  const fit = fitCluster(workloads);
  const { current, warnings } = settings.exceptions;
  const exceptions = planExceptions(current, settings.features, features);
  return {
    clusterName: settings.envelope.global.clusterName,
    context: settings.envelope.global.context,
    adopt: settings.envelope.global.adopt,
    namespaces,
    platform: planPlatform(namespaces, features, settings.envelope.global.dns).map((m) =>
      stampLabels(m, "platform"),
    ),
    keptNamespaces: [...new Set(settings.features.flatMap(({ bound }) => bound?.keeps(namespaces) ?? []))],
    features,
    disabled: settings.features.filter((entry) => !entry.enabled).map((entry) => entry.feature.name),
    images: recorder.images(),
    sizing: { workloads, ...fit },
    ...(exceptions.length > 0 ? { exceptions } : {}),
    warnings: [
      ...settings.warnings,
      ...settings.envelope.global.adopt.map(adoption),
      ...recorder.warnings(),
      ...fit.warnings,
      ...warnings,
      ...unappliedWarnings(exceptions),
      ...features.flatMap((f) => f.contribution.warnings ?? []),
    ],
    nextSteps: features.flatMap((f) => f.contribution.nextSteps ?? []),
    endpoints: Object.assign({}, ...features.map((f) => f.contribution.endpoints ?? {})),
  };
}

function adoption({ kind, name, namespace, onDelete }: Adopted): string {
  const title = `${kind} ${name}${namespace === undefined ? "" : ` in ${namespace}`}`;
  const later =
    onDelete === "delete"
      ? "is deleted with the stack, or with the feature that has it"
      : "stays when the stack lets go of it, and is yours to delete";
  return `global.adopt: ${title} becomes the stack's, also where somebody else wrote to it, and ${later}.`;
}

type SharedContext = Omit<PlanContext, "contributions" | "configPath">;

function sharedContext(
  { envelope, sinks, features, exceptions }: Settings,
  recorder: WorkloadRecorder,
): SharedContext {
  const { global, eks, tests, output } = envelope;
  const namespaces = namespacesOf(global);
  const bound = features.flatMap((entry) => (entry.bound ? [{ ...entry, bound: entry.bound }] : []));
  const shared = bound.map((entry) => entry.bound.shares());
  const stores = bound.filter(({ enabled }) => enabled).map((entry) => entry.bound.store(namespaces));
  return {
    global,
    eks: global.cluster === "eks" ? eks : undefined,
    tests,
    alerts: output.elasticsearch.objects.alerts,
    namespaces,
    registry: registryFacts(features.map(({ feature }) => feature)),
    provided: features.flatMap(({ enabled, feature }) => (enabled ? (feature.provides ?? []) : [])),
    exceptions: exceptions.current,
    kafka: output.kafka,
    sinks,
    store: Object.assign(configuredStore(output), ...stores),
    shared: Object.assign({}, ...shared),
    workload: (...args) => recorder.workload(...args),
    sideContainer: (...args) => recorder.sideContainer(...args),
    chart: (pinned) => recorder.chart(pinned),
  };
}

function planFeatures(
  enabled: readonly ConfiguredFeature[],
  shared: SharedContext,
): { features: PlannedFeature[]; extras: Map<string, MakeExtra> } {
  const features: PlannedFeature[] = [];
  const extras = new Map<string, MakeExtra>();
  for (const { feature, bound, path } of [...enabled].reverse()) {
    if (!bound) continue;
    const { contribution: planned, extra } = bound.plan({
      ...shared,
      configPath: path,
      contributions: [...features],
    });
    if (extra) extras.set(feature.name, extra.make);
    const { receivers, ...contribution } = planned;
    const own = receivers ? { receivers } : {};
    const collector = feature.collector && plannedFragment(feature.collector, shared.shared.nodeLogBasePath);
    features.unshift({
      name: feature.name,
      title: feature.title,
      priority: feature.priority,
      contribution: {
        ...stampContribution(contribution, feature.name),
        ...(collector ? { collector: { ...collector, ...own } } : {}),
        ...(extra ? { component: extra.data } : {}),
      },
    });
  }
  return { features, extras };
}

/** The features once each has made of all of them what only the whole shows. */
function completed(
  enabled: readonly ConfiguredFeature[],
  planned: PlannedFeature[],
  global: Global,
): PlannedFeature[] {
  return enabled.reduce<PlannedFeature[]>((features, { feature, bound }) => {
    const whole = bound?.completes(features, global) ?? features;
    if (whole === features) return features;
    return whole.map((one) =>
      one.name === feature.name
        ? { ...one, contribution: { ...one.contribution, ...stampContribution(one.contribution, one.name) } }
        : one,
    );
  }, planned);
}

function stampContribution(contribution: Contribution, feature: string): Contribution {
  return {
    ...contribution,
    manifests: contribution.manifests.map((manifest) => stampLabels(manifest, feature)),
    customObjects: contribution.customObjects?.map((object) => stampLabels(object, feature)),
  };
}
