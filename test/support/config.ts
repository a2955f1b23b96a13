import { parse } from "yaml";
import { ConfigError, type ConfigIssue } from "../../components/config/errors";
import { parseConfig, type RawConfig, type Settings } from "../../components/config/parse";
import type { Feature } from "../../components/feature";

/** A stack config from YAML text whose keys lack the project's prefix. */
export function rawConfig(text: string): RawConfig {
  return { values: (parse(text) ?? {}) as Record<string, unknown>, encrypted: [] };
}

/** The smallest valid config, as a base for one that differs in one thing. */
export const MINIMAL = `
global: {clusterName: dev}
output: {elasticsearch: {endpoints: ["https://es.example:9200"]}}
`;

export function settingsOf(text: string, registry: readonly Feature[]): Settings {
  return parseConfig(rawConfig(text), registry);
}

/** The issues of a config that must be refused. */
export function issuesOf(text: string, registry: readonly Feature[]): readonly ConfigIssue[] {
  try {
    parseConfig(rawConfig(text), registry);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the config was accepted");
}
