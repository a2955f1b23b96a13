import * as fs from "node:fs";
import * as path from "node:path";

/** A line that a scenario's attack makes a sensor write. */
export interface Sample {
  tool: string;
  /** Recorded from a real sensor during a real attack, or put together. */
  evidence: "recorded" | "simulated";
  /** Name of the sensor's log file. */
  file: string;
  /** The line as if it had been written at this time. */
  line: (at: Date) => string;
}

/** Where a sensor writes, and how its lines say when. */
interface Sensor {
  file: (line: string) => string;
  dated: (line: string, at: Date) => string;
}

// By text, not by JSON: Falco's numbers have more digits than JavaScript's.
const SENSORS: Readonly<Record<string, Sensor>> = {
  falco: { file: () => "events.log", dated: nanoseconds },
  tetragon: { file: () => "tetragon.log", dated: nanoseconds },
  k8s_audit: { file: () => "audit.log", dated: microseconds },
  osquery: {
    file: (line) =>
      line.includes('"action":"snapshot"') ? "osqueryd.snapshots.log" : "osqueryd.results.log",
    dated: (line, at) =>
      line
        .replace(/("calendarTime":")[^"]*/, `$1${at.toUTCString().replace("GMT", "UTC")}`)
        .replace(/("unixTime":)\d+/, `$1${Math.floor(at.getTime() / 1000)}`),
  },
};

/** Of where the lines come from see README.md. */
const RECORDED = path.join(__dirname, "recorded");
const FOLDERS = [RECORDED, path.join(__dirname, "composed")];

/** What the sensors write while a scenario's attack goes on; a folder other than the repository's for a test. */
export function samplesOf(id: string, folders: readonly string[] = FOLDERS): Sample[] {
  return Object.keys(SENSORS).flatMap((tool) =>
    folders.flatMap((folder) =>
      linesOf(path.join(folder, `${id}.${tool}.jsonl`)).map((line) =>
        sampleOf(tool, line, folder === RECORDED ? "recorded" : "simulated"),
      ),
    ),
  );
}

/** A line of a sensor's log as a sample. @throws where nobody knows the sensor */
export function sampleOf(tool: string, line: string, evidence: Sample["evidence"]): Sample {
  const sensor = SENSORS[tool];
  if (!sensor) throw new Error(`no sensor ${tool}`);
  return { tool, evidence, file: sensor.file(line), line: (at) => sensor.dated(line, at) };
}

/** What a replay of a scenario proves: one line that was put together is enough to be no record. */
export function sampleEvidence(id: string): "recorded" | "simulated" {
  return samplesOf(id).every(({ evidence }) => evidence === "recorded") ? "recorded" : "simulated";
}

function linesOf(file: string): string[] {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

/** Keeps the digits below a millisecond, by which lines of one moment are told apart. */
function nanoseconds(line: string, at: Date): string {
  return line.replace(
    /"time":"[^".]+\.\d{3}(\d{6})Z"/g,
    (_, below: string) => `"time":"${at.toISOString().slice(0, -1)}${below}Z"`,
  );
}

/** Keeps the digits below a millisecond, as above. */
function microseconds(line: string, at: Date): string {
  return line.replace(
    /("(?:requestReceived|stage)Timestamp":")[^".]+\.\d{3}(\d{3})Z"/g,
    (_, key: string, below: string) => `${key}${at.toISOString().slice(0, -1)}${below}Z"`,
  );
}
