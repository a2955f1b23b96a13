import * as fs from "node:fs";
import * as path from "node:path";
import type { Scenario } from "../schema";
import { junit } from "./junit";
import { markdown } from "./markdown";
import { navigatorLayer } from "./navigator";
import { page } from "./page";
import { changesSince, type Report } from "./report";

/** Runs that are kept beside the newest. */
const HISTORY = 50;

/** Writes all formats into a folder, keeps the run in its `history`, and says what is different from the one before. */
export function writeReport(folder: string, report: Report, scenarios: readonly Scenario[]): string[] {
  const history = path.join(folder, "history");
  fs.mkdirSync(history, { recursive: true });
  const before = lastRun(history);
  const changes = before ? changesSince(before, report) : [];
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const files: Record<string, string> = {
    "report.json": json,
    "report.junit.xml": junit(report),
    "report.md": markdown(report, changes),
    "report.html": page(report, scenarios, changes),
    "attack-layer.json": `${JSON.stringify(navigatorLayer(report, scenarios), null, 2)}\n`,
    [path.join("history", `${report.id}.json`)]: json,
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  for (const old of runs(history).slice(0, -HISTORY)) fs.rmSync(path.join(history, old));
  return changes;
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
