/** A line of a sensor's log, and the file that it is written to. */
export interface Line {
  tool: string;
  file: string;
  text: string;
  /** Where the file is, where not in the tool's log folder. */
  folder?: string;
}
