import { createServer } from "node:http";
import { Receiver } from "./receiver";
import { receiverSettings } from "./receiver-settings";

const REPORT_MS = 600_000;

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = receiverSettings(env);
  const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const receiver = new Receiver(settings, say);
  const health = createServer((request, response) => {
    const isReady = request.url !== "/ready" || receiver.isReady();
    response.writeHead(isReady ? 200 : 503).end();
  }).listen(settings.healthPort);
  say(`takes events on port ${await receiver.listen(settings.port)}`);
  const report = () => say(`since the start: ${JSON.stringify(receiver.counters)}`);
  const reports = setInterval(report, REPORT_MS);
  const stop = async () => {
    clearInterval(reports);
    await receiver.close();
    health.close();
    report();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
}

main(process.env).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
