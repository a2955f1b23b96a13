import * as fs from "node:fs";
import * as path from "node:path";
import { RunRefused } from "../cluster/runner-errors";
import type { CoverageInput } from "./coverage";
import { junit } from "./junit";
import { markdown } from "./markdown";
import { navigatorLayer } from "./navigator";
import { changesSince, type Report } from "./report";
import { page } from "./report-page";

/** Runs that are kept beside the newest. */
const HISTORY = 50;

/** Writes all formats into a folder, keeps the run in its `history`, and says what is different from the one before. */
export function writeReport(folder: string, report: Report, coverage: CoverageInput): string[] {
  const history = path.join(folder, "history");
  fs.mkdirSync(history, { recursive: true });
  const before = lastRun(history);
  const changes = before ? changesSince(before, report) : [];
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const files: Record<string, string> = {
    "report.json": json,
    "report.junit.xml": junit(report),
    "report.md": markdown(report, changes, coverage),
    "report.html": page(report, coverage, changes),
    "attack-layer.json": `${JSON.stringify(navigatorLayer(report, coverage), null, 2)}\n`,
    [path.join("history", `${report.id}.json`)]: json,
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  for (const old of runs(history).slice(0, -HISTORY)) fs.rmSync(path.join(history, old));
  return changes;
}

/**
 * The report in the log of a run in a cluster, which is a line of its own among what a run tells.
 * @throws RunRefused where there is none
 */
export function reportInLog(file: string): Report {
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    if (!line.startsWith('{"version":1,')) continue;
    return JSON.parse(line) as Report;
  }
  throw new RunRefused(`${file} has no report.`, "Take the whole log of a run that came to its end.");
}

function runs(history: string): string[] {
  return fs
    .readdirSync(history)
    .filter((name) => name.endsWith(".json"))
    .sort();
}

/** The newest run that can be read: one that was cut off while it was written is no run. */
function lastRun(history: string): Report | undefined {
  for (const name of runs(history).reverse()) {
    try {
      const report = JSON.parse(fs.readFileSync(path.join(history, name), "utf8")) as Report;
      if (report.version === 1) return report;
    } catch {
      // The one before it, then.
    }
  }
  return undefined;
}
