import type { ZodType } from "zod";
import type { BoundFeature, Feature } from "../contract/feature";
import { checkFeatures, checkOutput, checkOverrides } from "./checks";
import { ConfigError, type ConfigIssue } from "./config-error";
import type { ConfiguredFeature } from "./configured-feature";
import { type Envelope, envelopeSchema } from "./envelope-schema";
import { isRecord, toIssues } from "./issues";
import { checkSecrets, hideSecrets } from "./secret-checks";
import type { Path } from "./yaml-decode";

/** The stack config as it was written, before anything is known of it. */
export interface RawConfig {
  /** By key without the project's prefix: `global`, `features`, ... */
  values: Readonly<Record<string, unknown>>;
  /** Where a value was written as a Pulumi secret. */
  encrypted: readonly Path[];
}

/** A valid stack config. */
export interface Settings {
  envelope: Envelope;
  /** Every feature of the registry, by priority, then name. */
  features: ConfiguredFeature[];
}

/**
 * Checks a stack config against the envelope and each feature's config against the feature's own schema.
 * @throws ConfigError with every issue found, not only the first.
 */
export function parseConfig(raw: RawConfig, registry: readonly Feature[]): Settings {
  const values = hideSecrets(raw);
  const secretIssues = checkSecrets(values, raw.encrypted);
  const issues: ConfigIssue[] = [];
  const parsed = envelopeSchema.safeParse(values);
  if (!parsed.success) issues.push(...toIssues(parsed.error, envelopeSchema, [], values));
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
  if (parsed.success) issues.push(...checkOutput(parsed.data, features));
  const all = [...secretIssues, ...besides(secretIssues, issues)];
  if (all.length > 0 || !parsed.success) throw new ConfigError(sortIssues(all));
  return { envelope: parsed.data, features };
}

/** What else is said of the same place would be of the placeholder or of the form of a URL that may not stand there. */
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
  return { feature, enabled: bound !== undefined && toggle[feature.name] !== false, bound };
}

function fromList(feature: Feature, schema: ZodType, { entries, toggle, issues }: Rest): ConfiguredFeature {
  const index = entries.findIndex((entry) => entry?.name === feature.name);
  const entry = entries[index];
  const parsed = feature.fromList(entry?.config ?? {});
  if (!parsed.success) {
    // A feature that nobody configured must work with its defaults; a required key then is named where it belongs.
    const path = ["features", index >= 0 ? index : entries.length, "config"];
    if (entry || toggle[feature.name])
      issues.push(...toIssues(parsed.error, schema, path, entry?.config ?? {}));
  }
  return {
    feature,
    enabled: toggle[feature.name] ?? entry?.enabled ?? false,
    bound: parsed.success ? parsed.bound : undefined,
  };
}

function sortIssues(issues: readonly ConfigIssue[]): ConfigIssue[] {
  return [...issues].sort(
    (a, b) => a.path.localeCompare(b.path, "en", { numeric: true }) || a.code.localeCompare(b.code),
  );
}
