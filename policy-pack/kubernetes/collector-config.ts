import { parse } from "yaml";
import { type KubernetesObject, namespaceOf } from "./object";
import type { Pods } from "./pod-templates";
import { containersOf, mountsOf, volumesOf } from "./pods";
import { at, isMap, mapAt, textAt, textsAt } from "./read";

/** A component of an OpenTelemetry Collector's config, by its id `<type>[/<name>]`. */
export interface CollectorPart {
  id: string;
  type: string;
  settings: unknown;
}

/** The config of an OpenTelemetry Collector, found in a ConfigMap by its shape. */
export interface CollectorConfig {
  /** Key of the ConfigMap. */
  key: string;
  receivers: CollectorPart[];
  exporters: CollectorPart[];
  extensions: CollectorPart[];
  /** Ids of the exporters that some pipeline uses. */
  usedExporters: Set<string>;
}

// Sections that every collector config has, at the left edge of YAML or as keys of JSON.
const SECTIONS = ["receivers", "exporters", "service"];

/**
 * Every collector config of a ConfigMap; none for other objects.
 * @throws Error where a text has the sections of one and is not YAML: it can't be judged, and must not pass.
 */
export function collectorConfigsOf(object: KubernetesObject): CollectorConfig[] {
  if (object.kind !== "ConfigMap" || object.group !== "") return [];
  return Object.entries(mapAt(object.props, "data")).flatMap(([key, text]) => {
    if (typeof text !== "string" || !looksLikeConfig(text)) return [];
    const config = parseOnce(text);
    return isMap(at(config, "service", "pipelines")) ? [toConfig(key, config)] : [];
  });
}

const parsed = new Map<string, unknown>();

// Several policies read the same configs, and parsing is most of their time.
function parseOnce(text: string): unknown {
  if (!parsed.has(text)) parsed.set(text, parse(text, { logLevel: "error", prettyErrors: false }));
  return parsed.get(text);
}

function looksLikeConfig(text: string): boolean {
  const isJson = text.trimStart().startsWith("{");
  return SECTIONS.every((section) =>
    isJson ? text.includes(`"${section}"`) : new RegExp(`^${section}:`, "m").test(text),
  );
}

function toConfig(key: string, config: unknown): CollectorConfig {
  const pipelines = Object.values(mapAt(config, "service", "pipelines"));
  return {
    key,
    receivers: parts(config, "receivers"),
    exporters: parts(config, "exporters"),
    extensions: parts(config, "extensions"),
    usedExporters: new Set(pipelines.flatMap((pipeline) => textsAt(pipeline, "exporters"))),
  };
}

function parts(config: unknown, section: string): CollectorPart[] {
  return Object.entries(mapAt(config, section)).map(([id, settings]) => ({
    id,
    type: id.split("/")[0] ?? id,
    settings,
  }));
}

const LOCAL_EXPORTERS = ["debug", "logging", "file", "nop"];

/** Exporters that send what they get to another program over the network. */
export function sendingExporters(config: CollectorConfig): CollectorPart[] {
  return config.exporters.filter(({ type }) => !LOCAL_EXPORTERS.includes(type));
}

/** True for an address that no other pod can reach. */
export function isLoopback(endpoint: string): boolean {
  return /^(\w+:\/\/)?(localhost|127(\.\d+){3}|\[::1\]):?/.test(endpoint);
}

/** The collector configs that pods mount. */
export function mountedConfigs(pods: Pods, objects: readonly KubernetesObject[]): CollectorConfig[] {
  const names = volumesOf(pods).map((volume) => textAt(volume, "configMap", "name"));
  const configMaps = objects.filter(
    (o) => o.kind === "ConfigMap" && namespaceOf(o) === namespaceOf(pods.owner) && names.includes(o.name),
  );
  return configMaps.flatMap(collectorConfigsOf);
}

/** Names of the volumes whose mount holds a folder. */
export function volumesHolding(pods: Pods, folder: string): string[] {
  const mounts = containersOf(pods).flatMap(mountsOf);
  return mounts
    .filter(({ path }) => folder === path || folder.startsWith(`${path}/`))
    .map(({ volume }) => volume);
}
