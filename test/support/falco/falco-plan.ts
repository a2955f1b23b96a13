import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Contribution, PlannedContribution } from "../../../components/core/contract/contribution";
import { plan } from "../../../components/core/plan/plan";
import { falco } from "../../../components/falco/falco-feature";
import { MINIMAL, settingsOf } from "../stack/config";
import { toyFeature } from "../toy/toy-feature";

export const NODE_LOG_BASE_PATH = "/var/log/security";

// The pipeline's place: it tells where the sensors write.
const shares = toyFeature("pipeline", { shares: () => ({ nodeLogBasePath: NODE_LOG_BASE_PATH }) });

export interface FalcoRule {
  rule: string;
  desc: string;
  condition: string;
  output: string;
  priority: string;
  tags: string[];
  exceptions: { name: string; fields: string | string[]; comps: string | string[]; values: unknown[] }[];
}

/** Falco's contribution to a stack with this `features[].config`, given as YAML. */
export function falcoContribution(config = "{}", rest = ""): PlannedContribution {
  const settings = settingsOf(`${MINIMAL}features: [{name: falco, config: ${config}}]\n${rest}`, [
    shares,
    falco,
  ]);
  const found = plan(settings).features.find((feature) => feature.name === "falco");
  assert.ok(found);
  return found.contribution;
}

export function falcoDaemonSetOf(contribution: Contribution) {
  const found = contribution.manifests.find((m) => m.kind === "DaemonSet");
  assert.ok(found?.kind === "DaemonSet");
  return found;
}

export function containerOf(contribution: Contribution, name: string) {
  const containers = falcoDaemonSetOf(contribution).spec?.template.spec?.containers ?? [];
  const found = containers.find((container) => container.name === name);
  assert.ok(found, `no container ${name}`);
  return found;
}

/** Data of one of the ConfigMaps. */
export function configMapData(contribution: Contribution, name: string): Record<string, string> {
  const found = contribution.manifests.find((m) => m.kind === "ConfigMap" && m.metadata.name === name);
  assert.ok(found?.kind === "ConfigMap", `no ConfigMap ${name}`);
  return found.data ?? {};
}

export function falcoYamlOf(contribution: Contribution) {
  return parse(configMapData(contribution, "falco")["falco.yaml"] ?? "");
}

/** All entries of the stack's own rules files, in the order in which Falco loads them. */
export function ruleEntries(contribution: Contribution): Record<string, unknown>[] {
  const files = configMapData(contribution, "falco-rules");
  return Object.keys(files)
    .sort()
    .flatMap((file) => parse(files[file] ?? "") as Record<string, unknown>[]);
}

export function rulesOf(contribution: Contribution): FalcoRule[] {
  return ruleEntries(contribution).filter((entry) => "rule" in entry) as unknown as FalcoRule[];
}
