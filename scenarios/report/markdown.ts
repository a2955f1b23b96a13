import { withName } from "../model/technique-names";
import { type CoverageInput, columns, coverage } from "./coverage";
import { inWords, type Report } from "./report";
import { offsets, severityOf, shownChains, subjectOf } from "./timeline";

/** Markdown for a pull request or a wiki. */
export function markdown(report: Report, changes: readonly string[], input?: CoverageInput): string {
  const passed = report.scenarios.filter(({ status }) => status === "passed").length;
  const notRun = report.scenarios.filter(({ status }) => status === "not run").length;
  return [
    "# CTEM report",
    "",
    `${report.startedAt}, ${cell(report.where)}: ${passed} of ${report.scenarios.length} scenarios passed${notRun > 0 ? `, ${notRun} not run` : ""}; the rule of success is ${report.success ? "" : "not "}met.`,
    ...(changes.length > 0
      ? ["", "Changed since the last run:", "", ...changes.map((one) => `- ${cell(one)}`)]
      : []),
    "",
    "## Scenarios",
    "",
    "| Scenario | Expected | Result | Seconds |",
    "|---|---|---|---|",
    ...report.scenarios.flatMap(({ id, error, expectations }) =>
      error
        ? [row(id, "the attack", `error: ${error}`, "")]
        : expectations.map(({ tool, what, status, why, latencySeconds }) =>
            row(id, `${tool}: ${what}`, inWords({ status, why }).join("; "), String(latencySeconds ?? "")),
          ),
    ),
    "",
    "## Checklist",
    "",
    "| Item | What | Verdict |",
    "|---|---|---|",
    ...report.checklist.map(({ id, title, verdict, why }) =>
      row(id, title, verdict === "pass" ? verdict : [verdict, ...why].join("; ")),
    ),
    "",
    ...chains(report),
    ...(input ? techniques(report, input) : []),
  ].join("\n");
}

/** A row for each event; the first of a chain names it. */
function chains(report: Report): string[] {
  const rows = shownChains(report).flatMap(({ scenario, rule, chain }) => {
    const after = offsets(chain);
    return chain.steps.map((step, i) => {
      const named = i === 0 ? [scenario, `${rule} (severity ${severityOf(chain)})`] : ["", ""];
      const what = [step.step, subjectOf(step)].filter(Boolean).join(": ");
      return row(
        ...named,
        after[i]!,
        step.tool,
        what,
        step.techniques.map(withName).join(", "),
        step.pod ?? "",
      );
    });
  });
  if (rows.length === 0) return [];
  return [
    "## Chains of events",
    "",
    "| Scenario | Rule | After | Sensor | Step | Techniques | Pod |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ];
}

function techniques({ scenarios }: Report, input: CoverageInput): string[] {
  const covered = coverage(input, scenarios);
  const { live, liveOrRecorded } = columns(covered);
  const gaps = covered.filter(({ level }) => level === "gap");
  return [
    "## ATT&CK Containers",
    "",
    "| Evidence | Techniques | Which |",
    "|---|---|---|",
    row("live", `${live.length} of ${covered.length}`, live.join(", ")),
    row("live or recorded", `${liveOrRecorded.length} of ${covered.length}`, liveOrRecorded.join(", ")),
    row("gap", String(gaps.length), gaps.map(({ id, reason }) => `${id}: ${reason}`).join("; ")),
    "",
  ];
}

function row(...cells: string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

/** One line, and nothing that Markdown or the HTML in it would read as more than text. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|#~]/g, (character) => `\\${character}`)
    .slice(0, 1000);
}
