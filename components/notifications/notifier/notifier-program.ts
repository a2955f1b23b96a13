import { main } from "./notifier";

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

void main(process.env, stop.signal).then((code) => {
  process.exitCode = code;
});
