import type { Feature } from "../../components/core/contract/feature";
import { type Evidence, isDetected, type ScenarioResult } from "../check/run";
import { CONTAINERS_MATRIX, parentOf, type Technique } from "../model/attack-matrix";
import { GAPS } from "../model/gaps";
import type { Scenario } from "../model/scenario-schema";

/** What of the stack names a technique. */
export interface Tagged {
  technique: string;
  /** "falco: Cron file written", "tetragon: cron-persistence". */
  by: string;
}

/** What coverage is made of, whatever a run found. */
export interface CoverageInput {
  scenarios: readonly Scenario[];
  /** The techniques that the stack's own rules and policies name. */
  tagged: readonly Tagged[];
  /** What the samples of a scenario are: a replay of them, which the tests make, shows no more than that. */
  samples(scenario: string): Exclude<Evidence, "live">;
}

/** Of a run what says how far a technique is covered. */
export type RunEvidence = Pick<ScenarioResult, "id" | "status" | "evidence" | "expectations">;

/** The techniques that the rules and policies of the features are tagged with. */
export function taggedTechniques(features: readonly Pick<Feature, "name" | "detectionRules">[]): Tagged[] {
  const all = features.flatMap(({ name: feature, detectionRules }) =>
    (detectionRules?.() ?? []).flatMap(({ name, tags }) => techniquesIn(tags, `${feature}: ${name}`)),
  );
  return [...new Map(all.map((tagged) => [`${tagged.technique} ${tagged.by}`, tagged])).values()];
}

/**
 * How far a technique of the matrix is covered, the best first. `live`: it was attacked in this run, and a rule named it.
 * `recorded`: lines of real sensors during a real attack, which a rule names when they are replayed. `simulated`: lines
 * that were put together, or an attack that is seen and that no rule names. `gap`: nothing of that.
 */
export const LEVELS = ["live", "recorded", "simulated", "gap"] as const;
export type Level = (typeof LEVELS)[number];

export interface Covered extends Technique {
  level: Level;
  /** Why it is a gap. */
  reason?: string;
  by: string[];
  scenarios: string[];
  /** Scenarios that claim it and that did not pass in this run. */
  failed: string[];
}

/** Coverage of a technique by a run, and by what is on record. */
export function coverageOf(
  technique: Technique,
  { scenarios, tagged, samples }: CoverageInput,
  run: readonly RunEvidence[],
): Covered {
  const same = (other: string) => other === technique.id || parentOf(other) === technique.id;
  const by = [...new Set(tagged.filter((one) => same(one.technique)).map((one) => one.by))];
  const claiming = scenarios.filter(({ techniques }) => techniques.some(same)).map(({ id }) => id);
  const acting = scenarios.filter(({ simulates }) => simulates.some(same)).map(({ id }) => id);
  const inRun = (id: string) => run.find((one) => one.id === id);
  const statusIn = (id: string) => detectionOf(inRun(id));
  const failed = claiming.filter((id) => ["failed", "error"].includes(statusIn(id) ?? ""));
  const proven = claiming.filter((id) => !failed.includes(id));
  const levels = [
    ...proven.flatMap((id): Level[] => (statusIn(id) === "passed" ? [inRun(id)!.evidence] : [])),
    ...proven.map((id): Level => samples(id)),
    ...acting.map((): Level => "simulated"),
  ];
  const level = LEVELS.find((one) => levels.includes(one)) ?? "gap";
  const reason = failed.length > 0 ? `not found in this run: ${failed.join(", ")}` : GAPS[technique.id];
  return {
    ...technique,
    level,
    ...(level === "gap" ? { reason: reason ?? "no scenario" } : {}),
    ...{ by, failed, scenarios: [...claiming, ...acting] },
  };
}

/** Where only a chain of events is missing, a rule has named the technique all the same. */
function detectionOf(result: RunEvidence | undefined): ScenarioResult["status"] | undefined {
  return result && isDetected(result) ? "passed" : result?.status;
}

/** All techniques of the matrix, each once, in its order. */
export function coverage(input: CoverageInput, run: readonly RunEvidence[]): Covered[] {
  const distinct = new Map(
    CONTAINERS_MATRIX.flatMap(({ techniques }) => techniques.map((one) => [one.id, one] as const)),
  );
  return [...distinct.values()].map((technique) => coverageOf(technique, input, run));
}

/** The ids of the techniques that are live, and of those that are live or recorded. */
export function columns(covered: readonly Covered[]): { live: string[]; liveOrRecorded: string[] } {
  const ids = (...levels: Level[]) =>
    covered.filter(({ level }) => levels.includes(level)).map(({ id }) => id);
  return { live: ids("live").sort(), liveOrRecorded: ids("live", "recorded").sort() };
}

/** Techniques that are outside of the matrix and covered all the same: those of Linux hosts. */
export function beyondMatrix({ scenarios, tagged }: CoverageInput): string[] {
  const known = new Set(CONTAINERS_MATRIX.flatMap(({ techniques }) => techniques.map(({ id }) => id)));
  const all = [...tagged.map(({ technique }) => technique), ...scenarios.flatMap((s) => s.techniques)];
  return [...new Set(all)].filter((id) => !known.has(parentOf(id))).sort();
}

function techniquesIn(tags: readonly string[], by: string): Tagged[] {
  return tags.flatMap((tag) => {
    const technique = /(?:^|\.)(T\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1];
    return technique ? [{ technique, by }] : [];
  });
}
