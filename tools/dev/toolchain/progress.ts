import pc from "picocolors";

/** Where the toolchain says what it is doing. */
export interface Reporter {
  /** A line that stays. */
  line(text: string): void;
  /** Starts a step that may take long; `detail` is asked for whenever the elapsed time is shown. */
  start(text: string, detail?: () => string): Step;
}

/** How a step ended: well, badly, or not at all since another way is taken. */
export interface Step {
  done(text: string): void;
  fail(text: string): void;
  skip(text: string): void;
}

const TERMINAL_INTERVAL_MS = 1_000;
const LOG_INTERVAL_MS = 15_000;

/** Writes to stderr: one line that counts up on a terminal, a new line every 15 s in a log. */
export function stderrReporter(out: NodeJS.WriteStream = process.stderr): Reporter {
  const line = (text: string) => out.write(`${text}\n`);
  return {
    line,
    start(text, detail) {
      const began = Date.now();
      const show = () => `  ${text}: ${elapsed(Date.now() - began)}${detail ? `, ${detail()}` : ""}`;
      const onTerminal = out.isTTY === true;
      const tick = onTerminal
        ? () => out.write(`\r\x1b[K${show().slice(0, (out.columns ?? 80) - 1)}`)
        : () => line(show());
      const timer = setInterval(tick, onTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS);
      timer.unref();
      const stop = (mark: string, last: string) => {
        clearInterval(timer);
        if (onTerminal) out.write("\r\x1b[K");
        line(`${mark} ${last} ${pc.dim(`(${elapsed(Date.now() - began)})`)}`);
      };
      return {
        done: (last) => stop(pc.green("✓"), last),
        fail: (last) => stop(pc.red("✗"), last),
        skip: (last) => stop(pc.dim("-"), last),
      };
    },
  };
}

/** "48s", "3m05s". */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/** "about 40 s", "about 3 min". */
export function about(minutes: number): string {
  return minutes < 1
    ? `about ${Math.max(5, Math.round(minutes * 12) * 5)} s`
    : `about ${Math.round(minutes)} min`;
}
