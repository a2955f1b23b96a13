import type { Sample } from "../model/scenario-schema";
import { NODE } from "./node";

/** A row of a query that came up since the last run (osquery docs, "Logging"). */
export function osqueryRow(query: string, columns: Record<string, string>): Sample {
  return sample("osqueryd.results.log", (at) => ({ ...common(query, at), columns, action: "added" }));
}

/** A row of a query whose rows are all written each time. */
export function osquerySnapshot(query: string, columns: Record<string, string>): Sample {
  return sample("osqueryd.snapshots.log", (at) => ({
    ...common(query, at),
    columns,
    action: "snapshot",
  }));
}

function sample(file: string, event: (at: Date) => Record<string, unknown>): Sample {
  return { tool: "osquery", file, line: (at) => JSON.stringify(event(at)) };
}

function common(name: string, at: Date) {
  return {
    name,
    hostIdentifier: NODE,
    calendarTime: at.toUTCString().replace("GMT", "UTC"),
    unixTime: Math.floor(at.getTime() / 1000),
    epoch: 0,
    counter: 0,
    numerics: false,
  };
}
