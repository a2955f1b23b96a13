import { join } from "node:path";
import type { CollectorFragment } from "../../../components/documents/documents";
import { logFolder } from "../../rigs/pod-logs";
import type { Case } from "./case";

/** The runtime's words before a line: "2026-11-30T10:15:30.123456789Z stderr F ". */
const PREFIX = /^(\S+) std(?:out|err) F /;

/** The object of a line in a container's log. */
export function objectOf<T>(line: string): T {
  return JSON.parse(line.replace(PREFIX, "")) as T;
}

/** When the container wrote it. */
export function writtenAt(line: string): string {
  return PREFIX.exec(line)![1]!;
}

/** The sample lines of a tool whose lines are in its pods' logs, as the test of documents has them. */
export function podSource(
  collector: CollectorFragment,
  index: Case["index"],
  nameOf: (line: string) => string,
) {
  const [sample, ...others] = collector.samples();
  if (!sample || others.length > 0) throw new Error(`${collector.tool} has the samples of one file`);
  const { file, lines } = sample;
  return {
    file,
    folder: join(logFolder(collector.tool, sample)),
    cases: lines.map((line, i): Case => ({ name: `${i + 1}: ${nameOf(line)}`, line, index })),
    timeOf: (i: number) => writtenAt(lines[i]!),
  };
}
