import { join } from "node:path";
import { serveHealth } from "../../node-program/health-server";
import { PodCredentials } from "../../node-program/pod-credentials";
import { LineSink } from "./line-sink";
import { LogGroup } from "./log-group";
import { Reader } from "./reader";
import { readerSettings } from "./reader-settings";

const REPORT_MS = 600_000;
const FIRST_MS = 60 * 60_000;

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = readerSettings(env);
  const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const credentials = new PodCredentials(settings.agent);
  const group = new LogGroup({
    url: settings.logsUrl,
    region: settings.region,
    name: settings.group,
    streamPrefix: settings.streamPrefix,
    credentials: () => credentials.get(),
  });
  const sink = new LineSink(settings.collectorUrl);
  const { pollMs, lateMs, stateFolder } = settings;
  const positionFile = join(stateFolder, "position.json");
  const reader = new Reader(group, sink, { positionFile, pollMs, lateMs, firstMs: FIRST_MS, say });
  const health = serveHealth(settings.healthPort, { isReady: () => reader.isReady() });
  const end = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => end.abort());
  const report = () => say(`since the start: ${JSON.stringify({ ...reader.counters, calls: group.calls })}`);
  const reports = setInterval(report, REPORT_MS);
  say(`reads ${settings.group} every ${pollMs / 1000} s`);
  await reader.run(end.signal);
  clearInterval(reports);
  health.close();
  await Promise.all([group.close(), sink.close()]);
  report();
}

main(process.env).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
