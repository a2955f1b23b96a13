import assert from "node:assert/strict";
import type { Contribution, PlannedContribution } from "../../../components/core/contract/contribution";
import type { Feature } from "../../../components/core/contract/feature";
import { plan } from "../../../components/core/plan/plan";
import { tetragon } from "../../../components/tetragon/tetragon-feature";
import type { TracingPolicySpec } from "../../../components/tetragon/tracing-policy";
import { MINIMAL, settingsOf } from "../stack/config";
import { toyFeature } from "../toy/toy-feature";

export const NODE_LOG_BASE_PATH = "/var/log/security";

// The pipeline's place: it tells where the sensors write.
const shares = toyFeature("pipeline", { shares: () => ({ nodeLogBasePath: NODE_LOG_BASE_PATH }) });

/** Tetragon's contribution to a stack with this `features[].config`, given as YAML. */
export function tetragonContribution(
  config = "{}",
  rest = "",
  base = MINIMAL,
  others: readonly Feature[] = [],
): PlannedContribution {
  const names = others.map(({ name }) => `, {name: ${name}}`).join("");
  const text = `${base}features: [{name: tetragon, config: ${config}}${names}]\n${rest}`;
  const found = plan(settingsOf(text, [shares, tetragon, ...others])).features.find(
    (f) => f.name === "tetragon",
  );
  assert.ok(found);
  return found.contribution;
}

export interface Policy {
  kind: string;
  apiVersion: string;
  metadata: { name: string; namespace?: string };
  spec: TracingPolicySpec;
}

export function policiesOf(contribution: Contribution): Policy[] {
  return (contribution.customObjects ?? []) as Policy[];
}

/** The chart's values, as far as the tests look into them. */
export interface TetragonValues {
  exportDirectory: string;
  priorityClassName: string;
  tolerations: unknown[];
  crds: unknown;
  export: unknown;
  tetragonOperator: unknown;
  tetragon: {
    image: unknown;
    resources: unknown;
    extraArgs: unknown;
    prometheus: { address: string };
    exportFilename: string;
    exportFileCompress: boolean;
    exportFileMaxSizeMB: number;
    exportRateLimit: number;
    exportAllowList: string;
    exportDenyList: string;
    hostProcPath: string;
    redactionFilters: string;
  };
}

export function chartValues(contribution: Contribution): TetragonValues {
  const [chart, ...more] = contribution.charts ?? [];
  assert.ok(chart && more.length === 0);
  return chart.values as unknown as TetragonValues;
}
