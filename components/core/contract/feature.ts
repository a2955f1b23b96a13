import type { ZodError, ZodType } from "zod";
import type { CollectorFragment, ToolDocuments } from "../../documents/documents";
import type { ContributedPanel, Dashboard } from "../../documents/panel";
import type { Store } from "../../documents/store";
import type { RuleName } from "../../kubernetes/admission-rules";
import type { Ordered } from "../../kubernetes/capabilities";
import type { Envelope, Global } from "../config/envelope-schema";
import type { PlanContext, SharedSettings } from "./context";
import type { Contribution, PlannedFeature } from "./contribution";
import type { DoctorFacts } from "./doctor-facts";
import type { Namespaces } from "./namespaces";
import type { ExtraResources, ResourceScope } from "./resources";
import type { Sink } from "./sink";

/** A rule or policy that finds something. */
export interface DetectionRule {
  name: string;
  /** As its events carry them, ATT&CK techniques among them: "T1611", "mitre.T1611". */
  tags: readonly string[];
}

/** What holds for a feature whatever its config. */
export interface FeatureFacts extends Ordered {
  /** The name in `features[].name`, `toggle` and the label `app.kubernetes.io/component`. */
  name: string;
  /** How people write it, for instance in tables: "OpenTelemetry pipeline". */
  title: string;
  /** Order in the plan, low first: the pipeline 5, sensors 100, what scans the running stack 200. */
  priority: number;
  /** Features that must be enabled too. */
  requires?: readonly string[];
  /** Whether its pods write to Elasticsearch or read from it: it can't be on where the stack's own is switched off. */
  usesStore?: boolean;
  /** Whether it raises what `output.elasticsearch.objects.alerts` is about, also where no Kibana does. */
  readsAlerts?: boolean;
  /** The override targets that this feature answers to, each a key of `override`. */
  workloads: readonly string[];
  /** What the tool writes on the nodes, and how a line of it becomes a document. */
  collector?: CollectorFragment;
  /** For a tool whose documents come by another way than the collectors. */
  documents?: ToolDocuments;
  /** Dashboards about this tool alone. */
  dashboards?: readonly Dashboard[];
  /** Its panels in the dashboards that all tools share. */
  panels?: readonly ContributedPanel[];
  /** Where documents may go besides Elasticsearch: each is a key of `output`, whether or not the feature is on. */
  sinks?: readonly Sink[];
  doctor?: DoctorFacts;
  /**
   * Programs of its pods in the privileged namespace that enter the host's namespaces or read other processes, which is
   * what they are there for: by the path of the file that runs, in the container. Detection leaves them out, there alone,
   * whether or not the feature is on: a toggle changes no other tool's policies.
   */
  hostPrograms?: readonly string[];
  /**
   * Of what audits by the rules about users' pods: path of the list of objects whose `status` has, as `totalViolations` and
   * `violations`, what violates a rule.
   */
  audits?(rule: RuleName): string;
  /** Kinds that come and go with it and whose objects people write. */
  kindsOfPeople?: KindsOfPeople;
  /** The rules and policies that it has, switched on or off; read from files, and only when asked for. */
  detectionRules?(): DetectionRule[];
  /** Chapters of security standards that the feature supports: "CIS Kubernetes 5.3.2". */
  frameworks?: readonly string[];
  /** Files of tests that show that it does what it is for. */
  tests?: readonly string[];
}

/**
 * Kinds by kubectl's names: "tracingpolicies.v1alpha1.cilium.io". Whoever deletes a kind deletes all its objects in the
 * cluster: an update that would is refused while there are some of others.
 */
export interface KindsOfPeople {
  /** Those of its charts: gone once the feature has none in the plan. */
  ofCharts?: readonly string[];
  /** Those that it makes as objects: gone once the plan does not have the definition. */
  asObjects?: readonly string[];
  /** Key of the config that has them stay, where there is one. */
  keptBy?: string;
}

/** Keys that were in a config and have moved, or have another type now, `a.b` below a key: what to write instead, from the old value. */
export type MovedKeys = Readonly<Record<string, (value: unknown) => string>>;

/** A feature whose config is `features[].config`. */
export interface ListedConfig<Config> {
  /** A strict object in which every key has a default. */
  schema: ZodType<Config>;
  movedKeys?: MovedKeys;
  configuredBy?: undefined;
}

/** A feature whose config is a part of the envelope. */
export interface EnvelopeConfig<Config> {
  schema?: undefined;
  movedKeys?: undefined;
  /** That part, or undefined where it asks for nothing and the feature is off. `toggle` wins over it too. */
  configuredBy(envelope: Envelope): Config | undefined;
}

/** What can't be plain data: the plan has the data that it is made from, and the engine runs `make`. */
export interface ExtraResourcesDefinition<Config, Data> {
  /** Plain data; shown in the plan. */
  plan(config: Config, context: PlanContext): Data;
  make(data: Data, scope: ResourceScope): ExtraResources;
}

/** What a feature does with its config. */
export interface FeatureBehaviour<Config, Data> {
  /** Settings that other features may read from the context, whether or not this one is enabled. */
  shares?(config: Config): Partial<SharedSettings>;
  /** What it says of the store, for a feature that runs it or what is in it. */
  store?(config: Config, namespaces: Namespaces): Partial<Store>;
  /**
   * Namespaces that outlive the stack because of the data or the user's workloads in them, whether or not the feature
   * is on: a switch-off keeps them too.
   */
  keeps?(config: Config, namespaces: Namespaces): readonly string[];
  /**
   * What the feature adds to the stack, as plain data: no Output, no I/O but reading its own files, the same
   * result for the same input.
   */
  plan(config: Config, context: PlanContext): Contribution;
  /**
   * What it makes of all that is planned, where only the whole shows it, as the traffic of every pod: the features as they
   * are then. Of its own contribution and of others' manifests, and as pure as `plan`.
   */
  completes?(config: Config, features: readonly PlannedFeature[], global: Global): readonly PlannedFeature[];
  resources?: ExtraResourcesDefinition<Config, Data>;
}

/** What the author of a feature writes; see {@link defineFeature}. */
export type FeatureDefinition<Config, Data = undefined> = FeatureFacts &
  FeatureBehaviour<Config, Data> &
  (ListedConfig<Config> | EnvelopeConfig<Config>);

/**
 * A feature of the stack: one security tool, or a part of the platform that can be switched on and off. Adding one is
 * a folder that defines it and a line in the registry; nothing else names it.
 */
export interface Feature extends FeatureFacts {
  /** Of `features[].config`; none where the config is a part of the envelope. */
  schema: ZodType | undefined;
  movedKeys?: MovedKeys | undefined;
  /** The feature with its part of the envelope; undefined where that asks for nothing. */
  fromEnvelope(envelope: Envelope): BoundFeature | undefined;
  /** The feature with `features[].config`, or what is wrong with that. */
  fromList(written: unknown): { success: true; bound: BoundFeature } | { success: false; error: ZodError };
}

/** A feature with its config, ready to be planned. */
export interface BoundFeature {
  /** All defaults filled in. */
  config: unknown;
  shares(): Partial<SharedSettings>;
  store(namespaces: Namespaces): Partial<Store>;
  keeps(namespaces: Namespaces): readonly string[];
  plan(context: PlanContext): BoundPlan;
  completes(features: readonly PlannedFeature[], global: Global): readonly PlannedFeature[];
}

/** A feature's plan, and how to make what the plan can't hold. */
export interface BoundPlan {
  contribution: Contribution;
  extra: { data: unknown; make(scope: ResourceScope): ExtraResources } | undefined;
}

/** Binds a definition's own config and data types, so that the registry can hold features of any. */
export function defineFeature<Config, Data = undefined>(
  definition: FeatureDefinition<Config, Data>,
): Feature {
  const { schema, configuredBy, shares, store, keeps, plan, completes, resources, ...facts } = definition;
  const bind = (config: Config): BoundFeature => ({
    config,
    shares: () => shares?.(config) ?? {},
    store: (namespaces) => store?.(config, namespaces) ?? {},
    keeps: (namespaces) => keeps?.(config, namespaces) ?? [],
    completes: (features, global) => completes?.(config, features, global) ?? features,
    plan: (context) => ({
      contribution: plan(config, context),
      extra: resources && bindResources(resources, config, context),
    }),
  });
  return {
    ...facts,
    schema,
    fromEnvelope(envelope) {
      const config = configuredBy?.(envelope);
      return config === undefined ? undefined : bind(config);
    },
    fromList(written) {
      if (!schema) throw new Error(`${facts.name} is configured outside of \`features\``);
      const parsed = schema.safeParse(written);
      return parsed.success ? { success: true, bound: bind(parsed.data) } : parsed;
    },
  };
}

function bindResources<Config, Data>(
  { plan, make }: ExtraResourcesDefinition<Config, Data>,
  config: Config,
  context: PlanContext,
): BoundPlan["extra"] {
  const data = plan(config, context);
  return { data, make: (scope) => make(data, scope) };
}

/** What a tool's documents look like, whichever way they come. */
export function documentsOf(feature: Feature): ToolDocuments | undefined {
  return feature.collector ?? feature.documents;
}
