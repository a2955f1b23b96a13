/** One line of a sensor's file, and where its document is to be. */
export interface Case {
  name: string;
  line: string | Buffer;
  /** The index: "deadLetter" where the line can't become a document. */
  index: "events" | "audit" | "inventory" | "network" | "mesh" | "admission" | "deadLetter";
}

/** The time of the n-th case of a tool: what its document is found by. */
export function timeOf(index: number): string {
  return `2026-07-03T14:36:13.${String(845_000_000 + index).padStart(9, "0")}Z`;
}

/** A case per entry, of which each gets the time of its place. */
export function cases<T>(
  index: Case["index"],
  entries: [string, (time: string) => T][],
  line: (value: T) => string,
): Case[] {
  return entries.map(([name, make], i) => ({ name, line: line(make(timeOf(i))), index }));
}
