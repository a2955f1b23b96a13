import type { Feature } from "../../components/core/contract/feature";
import { CONTAINERS_MATRIX, parentOf, type Technique } from "../model/attack-matrix";
import type { Scenario } from "../model/scenario-schema";

/** What of the stack names a technique. */
export interface Tagged {
  technique: string;
  /** "falco: Cron file written", "tetragon: cron-persistence". */
  by: string;
}

/** What coverage is made of: the scenarios, and the techniques that the stack's own rules and policies name. */
export interface CoverageInput {
  scenarios: readonly Scenario[];
  tagged: readonly Tagged[];
}

/** The techniques that the rules and policies of the features are tagged with. */
export function taggedTechniques(features: readonly Pick<Feature, "name" | "detectionRules">[]): Tagged[] {
  const all = features.flatMap(({ name: feature, detectionRules }) =>
    (detectionRules?.() ?? []).flatMap(({ name, tags }) => techniquesIn(tags, `${feature}: ${name}`)),
  );
  return [...new Map(all.map((tagged) => [`${tagged.technique} ${tagged.by}`, tagged])).values()];
}

/** How far a technique of the matrix is covered; each level has what the ones below it have. */
export type Level = "none" | "simulated" | "tagged" | "tested" | "failing";

export interface Covered extends Technique {
  level: Level;
  by: string[];
  scenarios: string[];
}

/**
 * Coverage of a technique: `tested` when a scenario claims it (`failing` when that scenario did not pass), `tagged` when
 * only a rule names it, `simulated` when a scenario acts it out and nothing names it.
 */
export function coverageOf(
  technique: Technique,
  { scenarios, tagged }: CoverageInput,
  failing: ReadonlySet<string> = new Set(),
): Covered {
  const same = (other: string) => other === technique.id || parentOf(other) === technique.id;
  const by = [...new Set(tagged.filter((one) => same(one.technique)).map((one) => one.by))];
  const claiming = scenarios.filter(({ techniques }) => techniques.some(same));
  const acting = scenarios.filter(({ simulates }) => simulates.some(same));
  const level = levelOf(claiming, acting, by, failing);
  return { ...technique, level, by, scenarios: [...claiming, ...acting].map(({ id }) => id) };
}

function levelOf(
  claiming: Scenario[],
  acting: Scenario[],
  by: string[],
  failing: ReadonlySet<string>,
): Level {
  if (claiming.length > 0) return claiming.some(({ id }) => failing.has(id)) ? "failing" : "tested";
  if (by.length > 0) return "tagged";
  return acting.length > 0 ? "simulated" : "none";
}

/** Techniques that are outside of the matrix and covered all the same: those of Linux hosts. */
export function beyondMatrix({ scenarios, tagged }: CoverageInput): string[] {
  const known = new Set(CONTAINERS_MATRIX.flatMap(({ techniques }) => techniques.map(({ id }) => id)));
  const all = [...tagged.map(({ technique }) => technique), ...scenarios.flatMap((s) => s.techniques)];
  return [...new Set(all)].filter((id) => !known.has(parentOf(id))).sort();
}

/** Distinct techniques of the matrix by level. */
export function coverageFigures(input: CoverageInput): Record<Level | "all", number> {
  const distinct = new Map(
    CONTAINERS_MATRIX.flatMap(({ techniques }) => techniques.map((one) => [one.id, one] as const)),
  );
  const figures = { all: distinct.size, none: 0, simulated: 0, tagged: 0, tested: 0, failing: 0 };
  for (const technique of distinct.values()) figures[coverageOf(technique, input).level] += 1;
  return figures;
}

function techniquesIn(tags: readonly string[], by: string): Tagged[] {
  return tags.flatMap((tag) => {
    const technique = /(?:^|\.)(T\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1];
    return technique ? [{ technique, by }] : [];
  });
}
