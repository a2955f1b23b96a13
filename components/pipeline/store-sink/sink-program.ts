import type { OpenTarget } from "./open-target";
import { runSink } from "./sink";

/** The program of one sink, from its start to its end. */
export function sinkProgram(open: OpenTarget): void {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

  void runSink(process.env, open, stop.signal).then((code) => {
    process.exitCode = code;
  });
}
