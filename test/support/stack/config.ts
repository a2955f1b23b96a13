import { parse } from "yaml";
import { ConfigError, type ConfigIssue } from "../../../components/core/config/config-error";
import { parseConfig, type RawConfig, type Settings } from "../../../components/core/config/parse";
import type { Feature } from "../../../components/core/contract/feature";

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
