import { setTimeout as sleep } from "node:timers/promises";
import { serveHealth } from "../../node-program/health-server";
import { log } from "../../node-program/json-log";
import { renewalOfCredentials } from "../../node-program/renewal";
import { AlertmanagerClient } from "./alertmanager-client";
import { Health } from "./health";
import { type NotifierSettings, notifierSettings } from "./notifier-settings";
import { Notifier } from "./pass";
import { Searches } from "./searches";

/** Exit codes: asked to stop, or to be started again with new credentials; wrong settings. */
export const EXIT = { ok: 0, settings: 64 } as const;

/**
 * The program of the Deployment: settings from the environment, then a pass at each interval until it is stopped, or the credentials
 * for Elasticsearch are others.
 */
export async function main(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const isRenewed = renewalOfCredentials(env);
  let settings: NotifierSettings;
  try {
    settings = notifierSettings(env);
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  await run(settings, () => signal.aborted || isRenewed(), signal);
  return EXIT.ok;
}

async function run(
  { elasticsearch, alertmanager, pass, ...rest }: NotifierSettings,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { intervalMs, healthPort } = rest;
  const searches = new Searches(elasticsearch);
  const client = new AlertmanagerClient(alertmanager);
  const health = new Health(intervalMs, Date.now());
  const server = serveHealth(healthPort, {
    isReady: () => health.isReady(Date.now()),
    isAlive: () => health.isHealthy(Date.now()),
  });
  const notifier = new Notifier(searches, client, pass, Date.now());
  try {
    while (!isOver()) {
      const started = Date.now();
      await onePass(notifier, health);
      const left = Math.max(0, started + intervalMs - Date.now());
      await sleep(left, undefined, { signal }).catch(() => {});
    }
  } finally {
    server.close();
    await Promise.all([searches.close(), client.close()]);
  }
}

async function onePass(notifier: Notifier, health: Health): Promise<void> {
  const now = Date.now();
  health.tried(now);
  try {
    const summary = await notifier.pass(now);
    const seconds = (Date.now() - now) / 1000;
    if (summary.problem === undefined) health.passed(Date.now());
    log(summary.problem || summary.cut.length > 0 ? "error" : "info", "pass", { ...summary, seconds });
  } catch (error) {
    log("error", (error as Error).message, { seconds: (Date.now() - now) / 1000 });
  }
}
