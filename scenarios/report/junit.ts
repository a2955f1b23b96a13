import type { Report } from "./report";

/** JUnit XML: a suite of the scenarios' expectations and one of the checklist. */
export function junit(report: Report): string {
  const expectations = report.scenarios.flatMap(({ id, status, error, expectations: all }) =>
    error || all.length === 0
      ? [testCase(id, id, status, [error ?? status])]
      : all.map(({ tool, what, status: own, why, latencySeconds }) =>
          testCase(id, `${tool}: ${what}`, own, why, latencySeconds),
        ),
  );
  const items = report.checklist.map(({ id, title, verdict, why }) =>
    testCase("checklist", `${id} ${title}`, verdict, why),
  );
  const suites = [suite("scenarios", expectations), suite("checklist", items)];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}

interface Case {
  xml: string;
  outcome: "ok" | "failed" | "skipped";
}

function testCase(group: string, name: string, status: string, why: readonly string[], seconds = 0): Case {
  const attributes = `classname="${xml(group)}" name="${xml(name)}" time="${seconds}"`;
  const outcome = ["passed", "pass"].includes(status) ? "ok" : status === "not run" ? "skipped" : "failed";
  const message = xml(why.join("\n"));
  const inner = {
    ok: "",
    skipped: `<skipped message="${message}"/>`,
    failed: `<failure message="${message}"/>`,
  }[outcome];
  return { outcome, xml: `    <testcase ${attributes}>${inner}</testcase>` };
}

function suite(name: string, cases: Case[]): string {
  const count = (outcome: Case["outcome"]) => cases.filter((one) => one.outcome === outcome).length;
  const head = `<testsuite name="${name}" tests="${cases.length}" failures="${count("failed")}" skipped="${count("skipped")}">`;
  return `  ${head}\n${cases.map((one) => one.xml).join("\n")}\n  </testsuite>`;
}

/** Text of documents is hostile: nothing of it ends an attribute, and no control character breaks the file. */
function xml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
  };
  return (
    text
      // Control characters and halves of a surrogate pair.
      .replace(/(?!\n)[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "?")
      .replace(/[&<>"\n]/g, (character) => entities[character] ?? "")
  );
}
