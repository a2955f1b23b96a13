import { main } from "./main";

const stop = new AbortController();
// The pod is being removed: what was made in the cluster goes first.
process.on("SIGTERM", () => stop.abort(new Error("stopped")));

void main(process.env, stop.signal).then((code) => {
  process.exitCode = code;
});
