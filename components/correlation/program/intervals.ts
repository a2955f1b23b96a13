/** A time span in milliseconds since 1970, both ends in it. */
export interface Interval {
  from: number;
  to: number;
}

/** The intervals by rising time, with those that touch made one. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const { from, to } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

/** Clause for events of any of the intervals. */
export function withinAny(intervals: readonly Interval[]): Record<string, unknown> {
  const ranges = intervals.map(({ from, to }) => ({
    range: { "@timestamp": { gte: from, lte: to, format: "epoch_millis" } },
  }));
  return { bool: { should: ranges, minimum_should_match: 1 } };
}
