import type { ENVIRONMENTS } from "../../../components/core/config/policy-level";
import type { Plan } from "../../../components/core/plan/plan";
import type { Policy } from "../../../policy-pack/pack/policy";
import { environmentFile, levelOf, readEnvironment } from "../../dev/policy/environment";
import type { Part } from "./evidence";

/** What a stack makes of a part. */
export interface State {
  /** In words: "on", "off", "mandatory", "passed". */
  word: string;
  /** Whether the part does its work there; undefined where nothing is known. */
  isActive: boolean | undefined;
  /** By which the running stack says whether it is ready. */
  conditions?: readonly string[];
}

/** A scenario's last result, as `reports/.../report.json` has it. */
export interface ScenarioOutcome {
  id: string;
  status: string;
}

export interface StackFacts {
  plan: Plan;
  policies: readonly Policy[];
  environment: (typeof ENVIRONMENTS)[number];
  results: readonly ScenarioOutcome[];
}

/** The state of each part in a stack. */
export function stateIn({ plan, policies, environment, results }: StackFacts): (part: Part) => State {
  const levels = readEnvironment(environmentFile(environment));
  return ({ kind, name, feature }) => {
    if (kind === "rule") return ruleState(plan, feature ?? "", name);
    if (kind === "feature") return featureState(plan, name);
    if (kind === "policy") {
      const policy = policies.find((one) => one.name === name);
      const word = policy ? levelOf(policy, levels) : "unknown";
      return { word, isActive: word !== "disabled" };
    }
    const status = results.find(({ id }) => id === name)?.status;
    return { word: status ?? "no result", isActive: status === undefined ? undefined : status === "passed" };
  };
}

function featureState({ features, exceptions = [] }: Plan, name: string): State {
  const planned = features.find((feature) => feature.name === name);
  if (!planned) return { word: "off", isActive: false };
  const excepted = exceptions.filter(({ appliedBy }) =>
    appliedBy.some(({ feature }) => feature === name),
  ).length;
  const conditions = planned.contribution.conditions.map(({ type }) => type);
  return { word: excepted > 0 ? `on, with ${excepted} exceptions` : "on", isActive: true, conditions };
}

/** Of a sensor's rules those that its config has on; what else finds something has all of its own on. */
function ruleState({ features }: Plan, feature: string, name: string): State {
  const planned = features.find((one) => one.name === feature);
  const isActive = planned !== undefined && (planned.contribution.detections?.includes(name) ?? true);
  return { word: isActive ? "on" : "off", isActive };
}
