import type { ZodType } from "zod";
import type { BoundFeature, Feature } from "../contract/feature";
import { namespacesOf } from "../contract/namespaces";
import type { ConfiguredSink, Sink } from "../contract/sink";
import { checkFeatures, checkOutput, checkOverrides } from "./checks";
import { ConfigError, type ConfigIssue } from "./config-error";
import type { ConfiguredFeature } from "./configured-feature";
import { checkEks } from "./eks-checks";
import { type Envelope, envelopeWith } from "./envelope-schema";
import {
  type CurrentExceptions,
  checkExceptions,
  currentExceptions,
  type Occasion,
  policyLevelOf,
} from "./exceptions";
import { ignoredKeys } from "./ignored-keys";
import { formatPath, isRecord, toIssues, valueAt } from "./issues";
import { checkSecrets, hideSecrets } from "./secret-checks";
import { checkSinks } from "./sink-checks";
import type { Path } from "./yaml-decode";

/** The stack config as it was written, before anything is known of it. */
export interface RawConfig {
  /** By key without the project's prefix: `global`, `features`, ... */
  values: Readonly<Record<string, unknown>>;
  /** Where a value was written as a Pulumi secret. */
  encrypted: readonly Path[];
  /** For which stack and on which day; needed by a config that has exceptions. */
  occasion?: Occasion;
}

/** A valid stack config. */
export interface Settings {
  envelope: Envelope;
  /** Where documents go besides Elasticsearch. */
  sinks: ConfiguredSink[];
  /** Every feature of the registry, by priority, then name. */
  features: ConfiguredFeature[];
  exceptions: CurrentExceptions;
  /** What is valid and does nothing. */
  warnings: string[];
}

/**
 * Checks a stack config against the envelope and each feature's config against the feature's own schema.
 * @throws ConfigError with every issue found, not only the first.
 */
export function parseConfig(raw: RawConfig, registry: readonly Feature[]): Settings {
  const values = hideSecrets(raw);
  const secretIssues = checkSecrets(values, raw.encrypted);
  const issues: ConfigIssue[] = [];
  const sinkTypes = registry.flatMap(({ sinks = [] }) => sinks);
  const envelope = envelopeWith(sinkTypes);
  const parsed = envelope.safeParse(values);
  if (!parsed.success) issues.push(...toIssues(parsed.error, envelope, [], values));
  const sinks = parsed.success ? configuredSinks(sinkTypes, values) : [];
  const entries = parsed.success ? parsed.data.features : readableEntries(values["features"]);
  const inEnvelope = (feature: Feature) => (parsed.success ? feature.fromEnvelope(parsed.data) : undefined);
  const features = configureFeatures({
    entries,
    toggle: toggles(values["toggle"]),
    registry,
    inEnvelope,
    issues,
  });
  issues.push(...checkFeatures(values, features, registry), ...checkOverrides(values, registry));
  if (parsed.success)
    issues.push(
      ...checkOutput(parsed.data, features),
      ...checkSinks(parsed.data, sinks),
      ...checkEks(parsed.data, raw.occasion?.today ?? ""),
      ...exceptionIssues(parsed.data, raw, registry),
    );
  const all = [...secretIssues, ...besides(secretIssues, issues)];
  if (all.length > 0 || !parsed.success) throw new ConfigError(sortIssues(all));
  return {
    envelope: parsed.data,
    sinks,
    features,
    warnings: ignoredKeys(values, {
      runsStore: runsStore(features, parsed.data),
      raisesAlerts: features.some(({ enabled, feature }) => enabled && feature.readsAlerts === true),
    }),
    exceptions: currentExceptions(parsed.data.exceptions, occasionOf(raw, parsed.data)),
  };
}

/** Of a valid envelope. */
function configuredSinks(
  types: readonly Sink[],
  values: Readonly<Record<string, unknown>>,
): ConfiguredSink[] {
  return types.flatMap((type) => type.configured(valueAt(values, ["output", type.name])));
}

/** Whether a feature that is on runs the Elasticsearch that documents go to. */
function runsStore(features: readonly ConfiguredFeature[], { global }: Envelope): boolean {
  const namespaces = namespacesOf(global);
  return features.some(({ enabled, bound }) => enabled && bound?.store(namespaces).endpoints !== undefined);
}

function exceptionIssues({ exceptions, global }: Envelope, raw: RawConfig, registry: readonly Feature[]) {
  const occasion = occasionOf(raw, { exceptions });
  return checkExceptions(exceptions, {
    level: policyLevelOf(global.policyLevel, occasion),
    occasion,
    registry,
  });
}

/** @throws Error where there are exceptions and nobody said which day it is: they would never end. */
function occasionOf({ occasion }: RawConfig, { exceptions }: Pick<Envelope, "exceptions">): Occasion {
  if (occasion) return occasion;
  if (exceptions.length > 0) throw new Error("a config with exceptions is read without a date");
  return { stack: undefined, today: "" };
}

/** Any other issue at the same place would be about the placeholder, or about the form of a URL that is not allowed there. */
function besides(first: readonly ConfigIssue[], others: readonly ConfigIssue[]): ConfigIssue[] {
  const places = new Set(first.map(({ path }) => path));
  return others.filter(({ path }) => !places.has(path));
}

type Entry = Envelope["features"][number];

// With errors elsewhere in the envelope, what can be read of `features` is still checked, so that all errors
// are shown at once.
function readableEntries(value: unknown): (Entry | undefined)[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry) => {
    if (!isRecord(entry) || typeof entry["name"] !== "string") return undefined;
    const config = isRecord(entry["config"]) ? entry["config"] : {};
    return { name: entry["name"], enabled: entry["enabled"] !== false, config };
  });
}

function toggles(value: unknown): Record<string, boolean> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, on]) => typeof on === "boolean")) as Record<
    string,
    boolean
  >;
}

interface Written {
  entries: readonly (Entry | undefined)[];
  toggle: Readonly<Record<string, boolean>>;
  registry: readonly Feature[];
  /** A feature whose config is a part of the envelope, where that asks for it. */
  inEnvelope(feature: Feature): BoundFeature | undefined;
  /** Takes what is found. */
  issues: ConfigIssue[];
}

function configureFeatures({ registry, ...written }: Written): ConfiguredFeature[] {
  const configured = registry.map((feature) =>
    feature.schema ? fromList(feature, feature.schema, written) : fromEnvelope(feature, written),
  );
  return configured.sort(
    (a, b) => a.feature.priority - b.feature.priority || a.feature.name.localeCompare(b.feature.name),
  );
}

type Rest = Omit<Written, "registry">;

function fromEnvelope(feature: Feature, { toggle, inEnvelope }: Rest): ConfiguredFeature {
  const bound = inEnvelope(feature);
  // Without a config there is nothing to switch on.
  const path = ["output"];
  return { feature, enabled: bound !== undefined && toggle[feature.name] !== false, bound, path };
}

function fromList(feature: Feature, schema: ZodType, { entries, toggle, issues }: Rest): ConfiguredFeature {
  const index = entries.findIndex((entry) => entry?.name === feature.name);
  const entry = entries[index];
  const path = ["features", index >= 0 ? index : entries.length, "config"];
  const parsed = feature.fromList(entry?.config ?? {});
  if (!parsed.success) {
    // A feature that nobody configured must work with its defaults; a required key then is named where it belongs.
    if (entry || toggle[feature.name])
      issues.push(
        ...toIssues(parsed.error, schema, path, entry?.config ?? {}).map((issue) =>
          movedKey(issue, feature, path, entry?.config ?? {}),
        ),
      );
  }
  return {
    feature,
    enabled: toggle[feature.name] ?? entry?.enabled ?? false,
    bound: parsed.success ? parsed.bound : undefined,
    path,
  };
}

/** An unknown key that was one once, or a value of the kind that it once had: where what it said belongs now. */
function movedKey(
  issue: ConfigIssue,
  { movedKeys = {} }: Feature,
  path: readonly PropertyKey[],
  config: Readonly<Record<string, unknown>>,
): ConfigIssue {
  const moved = Object.entries(movedKeys).find(
    ([key]) => issue.path === formatPath([...path, ...key.split(".")]),
  );
  if (!moved) return issue;
  const [key, instead] = moved;
  const fix = instead(valueAt(config, key.split(".")));
  if (issue.code === "CFG002") return { ...issue, fix };
  return issue.code === "CFG001" ? { code: "CFG019", path: issue.path, fix } : issue;
}

function sortIssues(issues: readonly ConfigIssue[]): ConfigIssue[] {
  return [...issues].sort(
    (a, b) => a.path.localeCompare(b.path, "en", { numeric: true }) || a.code.localeCompare(b.code),
  );
}
