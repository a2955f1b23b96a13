import { readFileSync } from "node:fs";
import { join } from "node:path";

type Json = Record<string, unknown>;

/** A line of a real sensor, and the event in it. */
export interface RealEvent {
  line: string;
  time: string;
  type: string;
  event: Json & { process: Json };
}

/**
 * Lines that Tetragon 1.7.1 wrote on a node with kernel 6.1 while the scenarios ran, with the policies of that day: all
 * matches, and of the other events one of each kind. Only the node's name was changed.
 */
export function realEvents(): RealEvent[] {
  const file = join(__dirname, "..", "..", "fixtures", "tetragon-events.jsonl");
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const all = JSON.parse(line) as Json;
      const type = Object.keys(all).find((key) => key.startsWith("process_"))!;
      return { line, time: String(all["time"]), type, event: all[type] as RealEvent["event"] };
    });
}
