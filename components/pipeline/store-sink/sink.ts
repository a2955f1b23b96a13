import { setTimeout as sleep } from "node:timers/promises";
import { type Forwarding, forwardNew } from "../../forwarding/forward";
import { PositionConfigMap } from "../../forwarding/position-config-map";
import { StoredDocuments } from "../../forwarding/stored-documents";
import { ClusterClient } from "../../node-program/cluster-client";
import { serveHealth } from "../../node-program/health-server";
import { log } from "../../node-program/json-log";
import { PodCredentials, podIdentityAgent } from "../../node-program/pod-credentials";
import { renewalOfCredentials, renewalOfFiles } from "../../node-program/renewal";
import { apiServer, elasticsearchTargets } from "../../node-program/settings";
import type { OpenedTarget, OpenTarget } from "./open-target";
import { type SinkSettings, sinkSettings } from "./sink-settings";
import { SinkState } from "./sink-state";

/** Exit codes: asked to stop, or to be started again with new credentials; wrong settings. */
export const EXIT = { ok: 0, settings: 64 } as const;

const LONGEST_WAIT_MS = 60_000;
/** Of the reasons why documents were refused, as many as one reads. */
const SHOWN = 5;

/**
 * The program of the Deployment: settings from the environment, then a pass at each interval until it is stopped, or its
 * credentials are others.
 */
export async function runSink(
  env: NodeJS.ProcessEnv,
  open: OpenTarget,
  signal: AbortSignal,
): Promise<number> {
  const isRenewed = renewalOfCredentials(env);
  let settings: SinkSettings;
  let opened: OpenedTarget;
  try {
    const read = sinkSettings(env);
    settings = read;
    opened = open(read.destination, () => new PodCredentials(podIdentityAgent(read.settings)));
  } catch (error) {
    log("error", (error as Error).message);
    return EXIT.settings;
  }
  const isOther = renewalOfFiles(opened.readOnce ?? []);
  await run(settings, opened, () => signal.aborted || isRenewed() || isOther(), signal);
  return EXIT.ok;
}

async function run(
  { settings, indices }: SinkSettings,
  { destination, close }: OpenedTarget,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const intervalMs = settings.INTERVAL_SECONDS * 1000;
  const configMap = settings.POSITION_CONFIG_MAP;
  const state = new SinkState(settings.SINK_ID, intervalMs, Date.now());
  const store = new StoredDocuments(elasticsearchTargets(settings));
  const cluster = new ClusterClient(apiServer(settings));
  const server = serveHealth(settings.METRICS_PORT, {
    isReady: () => state.isReady(),
    isAlive: () => state.isAlive(Date.now()),
    metrics: () => state.metrics(Date.now()),
  });
  const positions = new PositionConfigMap(cluster, settings.NAMESPACE, configMap);
  const onTaken: Forwarding["onTaken"] = (taken) => state.took(taken, Date.now());
  const clusterName = settings.CLUSTER_NAME;
  const forwarding = { store, indices, clusterName, positions, destination, onTaken, signal };
  let wait = intervalMs;
  try {
    while (!isOver()) {
      wait = (await onePass(forwarding, state)) ? intervalMs : Math.min(2 * wait, LONGEST_WAIT_MS);
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  } finally {
    server.close();
    await Promise.all([store.close(), cluster.close(), close()]);
  }
}

/** @returns whether it came to its end; the next one goes on where it failed */
async function onePass(forwarding: Forwarding, state: SinkState): Promise<boolean> {
  const started = Date.now();
  const seconds = () => (Date.now() - started) / 1000;
  state.begins(started);
  try {
    const { refused, ...counts } = await forwardNew(forwarding, new Date());
    state.passed(counts.isCaughtUp, Date.now());
    if (counts.portions > 0) {
      const reasons = refused.slice(0, SHOWN);
      const fields = { ...counts, refused: refused.length, reasons, seconds: seconds() };
      log(refused.length > 0 ? "error" : "info", "pass", fields);
    }
    return true;
  } catch (error) {
    state.failed();
    log("error", `will try again: ${(error as Error).message}`, { seconds: seconds() });
    return false;
  }
}
