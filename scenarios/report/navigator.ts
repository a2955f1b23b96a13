import { ATTACK_VERSION, CONTAINERS_MATRIX } from "../model/attack-matrix";
import { type CoverageInput, coverageOf, type Level } from "./coverage";
import type { Report } from "./report";

const SCORES: Record<Level, number> = { none: 0, simulated: 25, failing: 40, tagged: 60, tested: 100 };

/** A layer for the ATT&CK Navigator (format 4.5: mitre-attack/attack-navigator, layers/LAYERFORMATv4_5.md). */
export function navigatorLayer(report: Report, coverage: CoverageInput): object {
  const failing = new Set(
    report.scenarios.filter(({ status }) => status === "failed" || status === "error").map(({ id }) => id),
  );
  return {
    name: "Security Stack: CTEM scenarios",
    versions: { attack: ATTACK_VERSION, navigator: "5.1.0", layer: "4.5" },
    domain: "enterprise-attack",
    description: `Coverage of ${report.startedAt}`,
    filters: { platforms: ["Containers"] },
    techniques: CONTAINERS_MATRIX.flatMap((tactic) =>
      tactic.techniques.map((technique) => {
        const { level, by, scenarios: acting } = coverageOf(technique, coverage, failing);
        return {
          techniqueID: technique.id,
          tactic: tactic.name.toLowerCase().replaceAll(" ", "-"),
          score: SCORES[level],
          comment: [level, ...by, ...acting.map((id) => `scenario ${id}`)].join("\n"),
          enabled: true,
        };
      }),
    ),
    gradient: { colors: ["#ffffff", "#ffd166", "#2a9d8f"], minValue: 0, maxValue: 100 },
  };
}
