import { setTimeout as sleep } from "node:timers/promises";
import { ClusterClient } from "../../node-program/cluster-client";
import { serveHealth } from "../../node-program/health-server";
import { log } from "../../node-program/json-log";
import { renewalOfCredentials } from "../../node-program/renewal";
import { Audit } from "./audit";
import { Engine } from "./engine";
import { type ResponderSettings, responderSettings } from "./responder-settings";
import { type Desk, serveWebhook } from "./webhook";

/** Exit codes: asked to stop, or to be started again with new credentials; wrong settings. */
export const EXIT = { ok: 0, settings: 64 } as const;

/** Without a pass for so long it hangs: each request of one has a time limit. */
const HANGS_MS = 300_000;
/** Without one that went well for so long it is shown as not ready. */
const UNREADY_MS = 60_000;

/**
 * The program of the Deployment: settings from the environment, then alerts and passes until it is stopped, or the credentials for
 * Elasticsearch are others.
 */
export async function main(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const isRenewed = renewalOfCredentials(env);
  let settings: ResponderSettings;
  try {
    settings = responderSettings(env);
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  await run(settings, () => signal.aborted || isRenewed(), signal);
  return EXIT.ok;
}

async function run(settings: ResponderSettings, isOver: () => boolean, signal: AbortSignal): Promise<void> {
  const { apiServer, elasticsearch, index, clusterName, orders, webhook, healthPort, intervalMs } = settings;
  const cluster = new ClusterClient(apiServer);
  const audit = new Audit(elasticsearch, index, clusterName);
  const engine = new Engine(cluster, audit, orders);
  const times = { tried: Date.now(), passed: 0 };
  const server = serveWebhook(webhook, deskOf(engine));
  const health = serveHealth(healthPort, {
    isReady: () => Date.now() - times.passed < UNREADY_MS,
    isAlive: () => Date.now() - times.tried < HANGS_MS,
  });
  try {
    while (!isOver()) {
      await onePass(engine, audit, times);
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    server.close();
    health.close();
    server.closeAllConnections();
    await Promise.all([cluster.close(), audit.close()]);
  }
}

function deskOf(engine: Engine): Desk {
  return {
    take: async (findings) => {
      try {
        const summary = await engine.take(findings);
        log("info", "alerts", { findings: findings.length, ...summary });
        return summary;
      } catch (error) {
        log("error", (error as Error).message, { findings: findings.length });
        throw error;
      }
    },
    tellOfStranger: (reason, address) => {
      log("error", "a message refused", { reason, address });
      engine.tellOfStranger(reason, address, Date.now());
    },
  };
}

async function onePass(
  engine: Engine,
  audit: Audit,
  times: { tried: number; passed: number },
): Promise<void> {
  times.tried = Date.now();
  try {
    const actions = await engine.pass();
    times.passed = Date.now();
    log("info", "pass", { actions });
  } catch (error) {
    log("error", (error as Error).message, { waiting: audit.size, lost: audit.lost });
  }
}
