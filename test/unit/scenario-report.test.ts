import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { FEATURES } from "../../components/registry";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import { type FoundChain, foundChain } from "../../scenarios/check/found-chain";
import type { Verdict } from "../../scenarios/check/poll";
import type { ScenarioResult } from "../../scenarios/check/run";
import { taggedTechniques } from "../../scenarios/report/coverage";
import { junit } from "../../scenarios/report/junit";
import { markdown } from "../../scenarios/report/markdown";
import { navigatorLayer } from "../../scenarios/report/navigator";
import { makeReport, type Report } from "../../scenarios/report/report";
import { page } from "../../scenarios/report/report-page";
import { writeReport } from "../../scenarios/report/write";
import { sampleEvidence } from "../../scenarios/samples/samples";

const COVERAGE = { scenarios: SCENARIOS, tagged: taggedTechniques(FEATURES), samples: sampleEvidence };

// What a process that an attacker runs can put into a command line, and so into a document.
const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `</style></pre></details>`,
  `]]>&lt;|a|b|`,
  "\u0000\u001b[31m\ud800\ufffe",
  "[link](javascript:alert(1)) `code` **bold**\n# heading",
];

describe("the report", () => {
  const hostile = reportOf((result, i) => ({
    ...result,
    status: "failed",
    steps: [{ what: HOSTILE[i % HOSTILE.length]!, startedAt: "", ok: true, detail: HOSTILE.join(" ") }],
    expectations: result.expectations.map((one) => ({
      ...one,
      status: "failed",
      what: HOSTILE.join(" "),
      why: HOSTILE,
      chain: one.chain && chainOf(HOSTILE),
    })),
  }));
  const text = page(hostile, COVERAGE, HOSTILE);

  it("is one page that fetches nothing, runs nothing and is far below 500 KB", () => {
    assert.ok(Buffer.byteLength(text) < 500_000, String(Buffer.byteLength(text)));
    assert.doesNotMatch(text, /<script|<img|<iframe|<object|<link(?! rel="icon" href="data:,")/i);
    assert.doesNotMatch(text.replaceAll(/<pre>[\s\S]*?<\/pre>/g, ""), /(src|href)="(?!#|data:,)/);
    assert.match(text, /default-src 'none'/);
  });

  it("shows hostile text as text: tags and attributes are those of an honest report", () => {
    const honest = page(
      reportOf((result) => ({
        ...result,
        status: "failed",
        steps: [{ what: "x", startedAt: "", ok: true, detail: "x" }],
        expectations: result.expectations.map((one) => ({
          ...one,
          status: "failed",
          what: "x",
          why: HOSTILE.map(() => "x"),
          chain: one.chain && chainOf(HOSTILE.map(() => "x")),
        })),
      })),
      COVERAGE,
      HOSTILE.map(() => "x"),
    );
    assert.deepEqual(tags(text), tags(honest));
  });

  it("has headings, landmarks, a language, and regions that a keyboard can scroll", () => {
    for (const part of [
      "<html lang=",
      "<main>",
      "<nav aria-label=",
      "<h1>",
      '<th scope="col">',
      'role="img" aria-label=',
    ])
      assert.ok(text.includes(part), part);
    for (const region of text.match(/<div class="scroll"[^>]*>/g) ?? [])
      assert.match(region, /tabindex="0" role="region" aria-label="[^"]+"/);
  });

  it("draws each chain with its events in their order, where they are in time, and says it in words", () => {
    const shown = page(
      reportOf((result) => result),
      COVERAGE,
      [],
    );
    const pictures = shown.match(/<svg role="img" aria-labelledby=[\s\S]*?<\/svg>/g) ?? [];
    assert.equal(pictures.length, SCENARIOS.flatMap(({ chains }) => chains).length);
    assert.match(shown, /<b>Program downloaded and started<\/b>: download-execute/);
    assert.match(shown, /rule download-execute, severity 4, high; kubernetes\.pod\.name=attacker/);
    const ids = [...shown.matchAll(/ id="(chain-[^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, 2 * pictures.length);
    const [picture] = pictures;
    assert.match(
      picture!,
      /<desc id="chain-0-text">\+0\.00 s: tetragon, download, .*; \+2\.50 s: falco, dropped-program/,
    );
    assert.match(picture!, /T1204 User Execution/);
    const places = [...picture!.matchAll(/<circle class="event" cx="([\d.]+)" cy="([\d.]+)"/g)];
    assert.deepEqual(
      places.map(([, x, y]) => [x, y]),
      [
        ["130.0", "28"],
        ["430.0", "68"],
      ],
    );
  });

  it("draws what happened at one moment, and what has no time, at the beginning", () => {
    const timeless = reportOf((result) => ({
      ...result,
      expectations: result.expectations.map((one) => ({
        ...one,
        chain: one.chain && {
          ...one.chain,
          steps: one.chain.steps.map((step) => ({ ...step, time: "then" })),
        },
      })),
    }));
    const shown = page(timeless, COVERAGE, []);
    assert.doesNotMatch(shown, /NaN|Infinity/);
    assert.match(shown, /<circle class="event" cx="130.0" cy="68"/);
  });

  it("says so where no chain was found", () => {
    const none = makeReport("replay", [], []);
    assert.match(page(none, COVERAGE, []), /No chain of events was found/);
    assert.doesNotMatch(markdown(none, []), /Chains of events/);
  });

  it("as JUnit has no character that XML forbids and a failure for each expectation", () => {
    const xml = junit(hostile);
    const expected = SCENARIOS.flatMap(({ expectations, chains }) => [...expectations, ...chains]).length;
    assert.equal(xml.match(/<failure /g)?.length, expected);
    assert.doesNotMatch(xml, /(?!\n)[\p{Cc}\p{Cs}\ufffe]|<script|<img/u);
    assert.deepEqual(
      new Set(xml.match(/<\/?[a-z]+/g)),
      new Set([
        "<testsuites",
        "<testsuite",
        "<testcase",
        "<failure",
        "</testcase",
        "</testsuite",
        "</testsuites",
      ]),
    );
  });

  it("as Markdown keeps each result in its row", () => {
    const rows = markdown(hostile, [])
      .split("\n")
      .filter((line) => line.startsWith("| "));
    for (const row of rows) assert.ok([4, 5, 8].includes(row.split(/(?<!\\)\|/).length - 1), row);
    assert.doesNotMatch(markdown(hostile, HOSTILE), /(?<!\\)<script|(?<!\\)\[link\]/);
  });

  it("as Markdown has a row for each event of a chain", () => {
    const text = markdown(
      reportOf((result) => result),
      [],
    );
    const rows = text.split("\n").filter((line) => line.includes("| +"));
    assert.equal(rows.length, 2 * SCENARIOS.flatMap(({ chains }) => chains).length);
    const first = rows.findIndex((row) => row.startsWith("| download-execute | download-execute "));
    assert.deepEqual(rows.slice(first, first + 2), [
      "| download-execute | download-execute (severity 4, high) | +0.00 s | tetragon | download: /usr/bin/curl |  | attacker |",
      "|  |  | +2.50 s | falco | dropped-program: Drop and execute new binary in container: /tmp/ctem-tool | T1204 User Execution | attacker |",
    ]);
  });

  it("as a Navigator layer scores what failed lower than what passed", () => {
    const scoreOf = (report: Report) =>
      (
        navigatorLayer(report, COVERAGE) as { techniques: { techniqueID: string; score: number }[] }
      ).techniques.find(({ techniqueID }) => techniqueID === "T1611")?.score;
    assert.equal(scoreOf(reportOf((result) => result)), 100);
    assert.equal(scoreOf(hostile), 0);
  });

  it("keeps its history and says what changed since the run before", () => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), "security-stack-report-"));
    try {
      const now = (second: number, report: Report): Report => ({
        ...report,
        id: `2026-01-01T00-00-0${second}`,
      });
      const good = reportOf((result) => result);
      const bad = reportOf((result) =>
        result.id === "validate-shell" ? { ...result, status: "failed" } : result,
      );
      assert.deepEqual(writeReport(folder, now(1, good), COVERAGE), []);
      assert.deepEqual(writeReport(folder, now(2, bad), COVERAGE), ["validate-shell: passed -> failed"]);
      fs.writeFileSync(path.join(folder, "history", "2026-01-01T00-00-03.json"), '{"version": 1, "scen');
      assert.deepEqual(writeReport(folder, now(4, good), COVERAGE), ["validate-shell: failed -> passed"]);
      assert.deepEqual(fs.readdirSync(folder).sort(), [
        "attack-layer.json",
        "history",
        "report.html",
        "report.json",
        "report.junit.xml",
        "report.md",
      ]);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

function reportOf(change: (result: ScenarioResult, index: number) => ScenarioResult): Report {
  const results = SCENARIOS.map(
    ({ id, title, stage, techniques, simulates, proves, expectations, chains }, i) =>
      change(
        {
          ...{ id, title, stage, techniques, simulates, proves, status: "passed" as const, steps: [] },
          evidence: "live" as const,
          startedAt: "2026-01-01T00:00:00.000Z",
          endedAt: "2026-01-01T00:01:00.000Z",
          expectations: [
            ...expectations.map(({ tool, what, query }) => verdictOf(tool, what, query.query)),
            ...chains.map((chain) => ({
              ...verdictOf("correlation", `chain: ${chain.rule}`, {}),
              rule: chain.rule,
              chain: chainOf([]),
            })),
          ],
        },
        i,
      ),
  );
  return makeReport("replay", results, []);
}

function verdictOf(tool: string, what: string, query: Record<string, unknown>): Verdict {
  return {
    ...{ tool, what, withinSeconds: 120, status: "passed" as const, count: 1, latencySeconds: 2.5, why: [] },
    evidence: { index: "security-events", query, documents: [{ id: "1", time: "t", seenAt: "t" }] },
  };
}

/** As the correlator's document of a download has it; with `texts`, these in the place of all that comes from events. */
function chainOf(texts: readonly string[]): FoundChain {
  const text = (place: number, honest: string) => texts[place % texts.length] ?? honest;
  return foundChain({
    event: { severity: 4 },
    threat: { technique: { id: [text(0, "T1105"), text(1, "T1204")] } },
    correlation: {
      title: text(2, "Program downloaded and started"),
      key: [text(3, "kubernetes.pod.name=attacker")],
      count: 2,
      evidence: texts.length > 0 ? [text(4, "")] : undefined,
      fix: text(5, "Isolate the pod."),
      events: [
        ...[["2026-01-01T00:00:01.000Z", "download", "tetragon", undefined, "/usr/bin/curl"] as const],
        [
          "2026-01-01T00:00:03.500Z",
          "dropped-program",
          "falco",
          "Drop and execute new binary in container",
          "/tmp/ctem-tool",
        ] as const,
      ].map(([time, step, tool, rule, process], i) => ({
        ...{ time, step: text(i, step), tool: text(i + 1, tool), rule: rule && text(i + 2, rule) },
        process: text(i + 3, process),
        pod: text(i + 4, "attacker"),
        technique: i === 1 ? [text(i + 5, "T1204")] : [],
      })),
    },
  });
}

/** Every tag with the names of its attributes, in order. */
function tags(text: string): string[] {
  return (text.match(/<[a-z!/][^>]*>/gi) ?? []).map((tag) => tag.replace(/="[^"]*"/g, "="));
}
