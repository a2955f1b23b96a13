import type { Verdict } from "../check/poll";
import { ATTACK_VERSION, CONTAINERS_MATRIX } from "../model/attack-matrix";
import { STAGES } from "../model/scenario-schema";
import { beyondMatrix, type CoverageInput, columns, coverage, coverageOf, LEVELS } from "./coverage";
import { Html, html } from "./html";
import { latencyPlot } from "./latency";
import { inWords, type Report } from "./report";
import { STYLE } from "./style";
import { timelines } from "./timeline";

/** One page with all of it: no script, nothing fetched, and a policy in it that lets nothing be. */
export function page(report: Report, input: CoverageInput, changes: readonly string[]): string {
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>CTEM report ${report.startedAt}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header><h1>CTEM report</h1><p class="soft">${report.startedAt} to ${report.endedAt}, ${report.where}</p>
<nav aria-label="Sections">${["Stages", "Scenarios", "Tools", "Chains", "Coverage", "Times", "Evidence"].map(
    (name) => html`<a href="#${name.toLowerCase()}">${name}</a>`,
  )}</nav></header>
<main>
${summary(report, input)}
${changed(changes)}
<h2 id="stages">The five stages</h2>${stages(report)}
<h2 id="scenarios">Scenarios</h2>${results(report)}
<h2 id="tools">Which tool saw what</h2>${toolMatrix(report)}
<h2 id="chains">Chains of events</h2>${timelines(report)}
<h2 id="coverage">ATT&amp;CK Containers, v${ATTACK_VERSION}</h2>${heatmap(report, input)}
<h2 id="times">From attack to document</h2>${latencyPlot(report)}
<h2 id="evidence">Evidence</h2>${evidence(report)}
</main>
</body>
</html>
`;
  return body.text;
}

const CLASSES: Readonly<Record<string, string>> = {
  ...{ passed: "good", pass: "good", seen: "good" },
  ...{ failed: "bad", fail: "bad", missed: "bad", error: "bad", "not run": "mid" },
};

const status = (word: string): Html => html`<span class="${CLASSES[word] ?? "soft"}">${word}</span>`;

function summary(report: Report, input: CoverageInput): Html {
  const count = (all: { [key: string]: unknown }[], key: string, value: string) =>
    all.filter((one) => one[key] === value).length;
  const passed = count(report.scenarios as never, "status", "passed");
  const items = count(report.checklist as never, "verdict", "pass");
  const covered = coverage(input, report.scenarios);
  const { live, liveOrRecorded } = columns(covered);
  const cards: [string, string][] = [
    [`${passed} / ${report.scenarios.length}`, "scenarios passed"],
    [`${items} / ${report.checklist.length}`, "items of the checklist"],
    [`${live.length} / ${covered.length}`, "techniques live"],
    [`${liveOrRecorded.length} / ${covered.length}`, "techniques live or recorded"],
    [report.success ? "met" : "not met", "four of the core five, shell and API by two tools"],
  ];
  return html`<div class="cards">${cards.map(
    ([figure, what]) => html`<div class="card"><b>${figure}</b>${what}</div>`,
  )}</div>`;
}

function changed(changes: readonly string[]): Html {
  if (changes.length === 0) return html``;
  return html`<h2>Changed since the last run</h2><ul>${changes.map((one) => html`<li>${one}</li>`)}</ul>`;
}

function table(label: string, head: readonly string[], rows: readonly (readonly (string | Html)[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${head.map(
    (one) => html`<th scope="col">${one}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((one) => html`<td>${one}</td>`)}</tr>`)}</tbody></table></div>`;
}

const lines = (all: readonly string[]): Html => html`${all.map((one) => html`<br>${one}`)}`;

function stages({ checklist }: Report): Html {
  const rows = STAGES.flatMap((stage) =>
    checklist
      .filter((item) => item.stage === stage)
      .map(({ id, title, verdict, why }) => [
        stage,
        id,
        title,
        html`${status(verdict)}${verdict === "pass" ? undefined : lines(why)}`,
      ]),
  );
  return table("Checklist by stage", ["Stage", "Item", "What", "Verdict"], rows);
}

function results({ scenarios }: Report): Html {
  const rows = scenarios.map(({ id, title, techniques, simulates, status: word, error, expectations }) => [
    html`<a href="#e-${id}">${id}</a><br>${title}`,
    [...techniques, ...simulates.map((one) => `(${one})`)].join(", "),
    html`${status(word)}${error ? lines([error]) : undefined}${expectations
      .filter((one) => one.status !== "passed")
      .map(
        (one) =>
          html`<br><b>${one.tool}: ${one.what}</b>${lines(inWords(one).slice(one.status === "failed" ? 1 : 0))}`,
      )}`,
  ]);
  return html`${table("Scenarios", ["Scenario", "Techniques", "Result"], rows)}
<p class="soft">In brackets: acted out and seen, but named by no rule.</p>`;
}

function toolMatrix({ matrix }: Report): Html {
  const tools = Object.keys(matrix[0]?.cells ?? {});
  const rows = matrix.map(({ scenario, cells }) => [
    scenario,
    ...tools.map((tool) => status(cells[tool] ?? "-")),
  ]);
  return table("Tools by scenario", ["Scenario", ...tools], rows);
}

const MEANINGS = [
  "live: attacked in this run, and a rule named it",
  "recorded: real sensors wrote these lines during a real attack, and a rule names them when they are replayed",
  "simulated: lines that were put together, or an attack that is seen and that no rule names",
  "gap: nothing of that, for the reason that is told",
].join("; ");

function heatmap({ scenarios }: Report, input: CoverageInput): Html {
  const tactics = CONTAINERS_MATRIX.map(
    ({ name, techniques }) =>
      html`<div><h3>${name}</h3><ul>${techniques.map((technique) => {
        const { level, by, scenarios: acting, failed } = coverageOf(technique, input, scenarios);
        const missed = failed.length > 0 ? html`<br>not found: ${failed.join(", ")}` : undefined;
        return html`<li class="${level}" title="${[...by, ...acting].join(", ")}"><b>${technique.id}</b> ${technique.name}<br>${level}${missed}</li>`;
      })}</ul></div>`,
  );
  return html`<p>${MEANINGS}.</p>
${byLevel({ scenarios }, input)}
<div class="scroll" tabindex="0" role="region" aria-label="ATT&amp;CK coverage"><div class="heat">${tactics}</div></div>
<p class="soft">Covered beyond this matrix: ${beyondMatrix(input).join(", ")}.</p>`;
}

function byLevel({ scenarios }: Pick<Report, "scenarios">, input: CoverageInput): Html {
  const covered = coverage(input, scenarios);
  const { live, liveOrRecorded } = columns(covered);
  const named = (level: string) =>
    covered.filter((one) => one.level === level).map(({ id, reason }) => (reason ? `${id} (${reason})` : id));
  const counted = (ids: readonly string[]) => [`${ids.length} of ${covered.length}`, ids.join(", ")];
  const rows = [
    ["live", ...counted(live)],
    ["live or recorded", ...counted(liveOrRecorded)],
    ...LEVELS.filter((level) => level !== "live").map((level) => [level, ...counted(named(level))]),
  ];
  return table("Techniques by evidence", ["Evidence", "Techniques", "Which"], rows);
}

function documents({ count, evidence: { index, documents: found, query } }: Verdict): Html {
  return html`<p>${count} documents in ${index}: ${found.map((doc) => `${doc.id} (${doc.time})`).join(", ")}</p>
<pre>${JSON.stringify({ query }, null, 1)}</pre>`;
}

function evidence({ scenarios }: Report): Html {
  return html`${scenarios.map(
    ({
      id,
      proves,
      steps,
      expectations,
    }) => html`<details id="e-${id}"><summary><b>${id}</b>: ${proves}</summary>
${steps.map(({ what, startedAt, detail }) => html`<p class="soft">${startedAt} ${what}</p><pre>${detail}</pre>`)}
${expectations.map(
  (one) => html`<h3>${one.tool}: ${one.what} ${status(one.status)}</h3>
${one.evidence.index === "" ? html`<p>${one.why.join("; ")}</p>` : documents(one)}`,
)}</details>`,
  )}`;
}
