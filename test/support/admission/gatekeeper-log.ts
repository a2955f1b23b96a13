import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gatekeeperCollector } from "../../../components/gatekeeper/gatekeeper-collector";
import { objectOf } from "../documents/pod-lines";

type Violation = Record<string, unknown> & { ts: number };

const FILE = join(__dirname, "../../../components/gatekeeper/samples/0.log.jsonl");

/** Of a log of Gatekeeper's the lines that its collector keeps: each kind of violation once, those of audits first. */
export function violationsIn(log: string): string[] {
  const lines = log.split("\n").filter((line) => line.includes('"event_type":"violation'));
  const kinds = new Map<string, string>();
  for (const line of lines) {
    const found = JSON.parse(line) as Violation;
    const isAudit = found["event_type"] === "violation_audited";
    const kind = isAudit
      ? `audit ${found["constraint_kind"]}`
      : `request ${found["constraint_action"]} ${found["resource_kind"]}`;
    if (!kinds.has(kind)) kinds.set(kind, line);
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

/** What each kind of line has, by its `event_type`: names and types of its fields. */
export function shapesOf(lines: readonly string[]): Record<string, string[]> {
  const shapes: Record<string, Set<string>> = {};
  for (const line of lines) {
    const found = objectOf<Violation>(line);
    const type = String(found["event_type"]);
    shapes[type] ??= new Set();
    for (const [key, value] of Object.entries(found))
      if (value !== null) shapes[type].add(`${key}: ${typeof value}`);
  }
  return Object.fromEntries(Object.entries(shapes).map(([type, shape]) => [type, [...shape].sort()]));
}

/** The committed samples. */
export function sampleViolations(): string[] {
  return gatekeeperCollector.samples().flatMap(({ lines }) => lines);
}

/** Writes the samples anew, with what a container runtime puts before a line. */
export function writeSamples(lines: readonly string[]): void {
  const before = readFileSync(FILE, { encoding: "utf8", flag: "a+" });
  const text = lines.map((line) => `${timeOf(line)} stderr F ${line}\n`).join("");
  if (text !== before) writeFileSync(FILE, text);
}

/** When the line was written, as containerd has it. */
function timeOf(line: string): string {
  const { ts } = JSON.parse(line) as Violation;
  const [seconds = "0", fraction = ""] = String(ts).split(".");
  return new Date(Number(seconds) * 1000)
    .toISOString()
    .replace("000Z", `${fraction.padEnd(9, "0").slice(0, 9)}Z`);
}
