import { ATTACK_VERSION, CONTAINERS_MATRIX } from "../model/attack-matrix";
import { type CoverageInput, type Covered, columns, coverage, coverageOf, type Level } from "./coverage";
import type { Report } from "./report";

const SCORES: Record<Level, number> = { gap: 0, simulated: 25, recorded: 70, live: 100 };
/** Of a technique of which a scenario was not found in this run, at most. */
const MOST_AFTER_FAILURE = 20;

/** A layer for the ATT&CK Navigator (format 4.5: mitre-attack/attack-navigator, layers/LAYERFORMATv4_5.md). */
export function navigatorLayer(report: Report, input: CoverageInput): object {
  const { live, liveOrRecorded } = columns(coverage(input, report.scenarios));
  return {
    name: "Security Stack: CTEM scenarios",
    versions: { attack: ATTACK_VERSION, navigator: "5.1.0", layer: "4.5" },
    domain: "enterprise-attack",
    description: `Coverage of ${report.startedAt}, ${report.where}`,
    metadata: [
      { name: "live", value: live.join(", ") || "none" },
      { name: "live or recorded", value: liveOrRecorded.join(", ") || "none" },
    ],
    filters: { platforms: ["Containers"] },
    techniques: CONTAINERS_MATRIX.flatMap((tactic) =>
      tactic.techniques.map((technique) => {
        const covered = coverageOf(technique, input, report.scenarios);
        return {
          techniqueID: technique.id,
          tactic: tactic.name.toLowerCase().replaceAll(" ", "-"),
          score: scoreOf(covered),
          comment: commentOf(covered),
          enabled: true,
        };
      }),
    ),
    gradient: { colors: ["#ffffff", "#ffd166", "#2a9d8f"], minValue: 0, maxValue: 100 },
  };
}

function scoreOf({ level, failed }: Covered): number {
  return failed.length > 0 ? Math.min(SCORES[level], MOST_AFTER_FAILURE) : SCORES[level];
}

function commentOf({ level, reason, by, scenarios, failed }: Covered): string {
  return [
    reason ? `${level}: ${reason}` : level,
    ...failed.map((id) => `not found in this run: scenario ${id}`),
    ...by,
    ...scenarios.map((id) => `scenario ${id}`),
  ].join("\n");
}
