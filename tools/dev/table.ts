import Table from "cli-table3";

/** A table for the terminal; plain characters, so that it reads the same in a log file. */
export function newTable(head: readonly string[]): InstanceType<typeof Table> {
  return new Table({ head: [...head], style: { head: [], border: [] } });
}
