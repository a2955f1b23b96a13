import pc from "picocolors";

/** A failed test or hook. */
export interface Failed {
  /** Title with those of its suites. */
  title: string;
  /** Its file, relative to the checkout. */
  file?: string;
  message: string;
}

/** What a run of tests came to; reporter.js writes those of a rung. */
export interface Totals {
  passes: number;
  failures: number;
  pending: number;
  failed: Failed[];
}

/** Of a failure's message; all of it stands with its rung. */
const MESSAGE_LINES = 12;
const LINE_LENGTH = 400;

/** Totals of several rungs. */
export function sum(all: readonly Totals[]): Totals {
  const total = (key: "passes" | "failures" | "pending") => all.reduce((count, one) => count + one[key], 0);
  return {
    passes: total("passes"),
    failures: total("failures"),
    pending: total("pending"),
    failed: all.flatMap(({ failed }) => failed),
  };
}

/**
 * What failed, then the counts. The failures stand here a second time: those of an early rung are far above by then, or
 * gone where only the end of a log is kept.
 */
export function summary({ passes, failures, pending, failed }: Totals): string {
  const skipped = pending ? `, ${pending} skipped (long tests: --all runs them)` : "";
  return [...failed.map(describe), `${passes} passed, ${failures} failed${skipped}`].join("\n\n");
}

function describe({ title, file, message }: Failed): string {
  const lines = message.split("\n");
  const shown = lines.slice(0, MESSAGE_LINES).map((line) => `    ${line.slice(0, LINE_LENGTH)}`);
  const left = lines.length - shown.length;
  return [
    `${pc.red("failed:")} ${title}`,
    ...(file ? [`  in ${file}`] : []),
    ...shown,
    ...(left > 0 ? [`    (${left} lines more, see above)`] : []),
  ].join("\n");
}
