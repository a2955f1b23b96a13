import { runSink } from "./sink";

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

void runSink(process.env, stop.signal).then((code) => {
  process.exitCode = code;
});
