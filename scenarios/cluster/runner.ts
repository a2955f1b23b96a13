import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { excuses, madeBy, withoutStandIns } from "../check/detections";
import type { Indices } from "../check/expectation";
import { runScenarios, type ScenarioResult } from "../check/run";
import type { Store } from "../check/store";
import { namespaceOf } from "../model/names";
import type { PodName, Scenario } from "../model/scenario-schema";
import { ClusterApi } from "./api";
import { ClusterAttacker } from "./attacker";
import { missingRights, sensorsNotReady, setUp, tearDown } from "./environment";
import { isProtectedNamespace } from "./guards";
import { RunLock } from "./lock";
import { ownName } from "./requests";
import { RunRefused } from "./runner-errors";
import { standIns } from "./stand-ins";

export interface ClusterRunOptions {
  config: KubeConfig;
  store: Store;
  indices: Indices;
  clusterName?: string;
  /** Registry mirror of the pods' images. */
  registry?: string;
  signal: AbortSignal;
  say: (line: string) => void;
  /** Runs even where the stack's sensors are not all ready. */
  ignoreSensors?: boolean;
  /** How long sensors that are not ready are waited for. */
  sensorSeconds?: number;
  lock: { namespace: string; seconds: number };
  intervalMs?: number;
}

const MOST_SKEW_SECONDS = 10;
const READY_SECONDS = 180;

/**
 * A whole run on a cluster: one at a time, what a killed run left removed first, preconditions looked at, and
 * whatever happens everything that was made removed at the end.
 */
export async function runOnCluster(
  asked: readonly Scenario[],
  options: ClusterRunOptions,
): Promise<ScenarioResult[]> {
  const api = new ClusterApi(options.config);
  const scenarios = madeBy(withoutStandIns(asked, await standIns(api)), await ownName(options.config));
  for (const line of excuses(scenarios)) options.say(line);
  const pods = podsOf(scenarios);
  refuseProtectedNamespaces(pods);
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, lost.signal]);
  setMaxListeners(0, signal);
  const lock = await RunLock.take(api, options.lock, (why) =>
    lost.abort(new RunRefused(`The lock of the scenarios was lost: ${why}.`, "Run again when it is free.")),
  );
  options.say("lock taken");
  try {
    if (await tearDown(api)) options.say("what an earlier run left is removed");
    await checkPreconditions(api, options, lock.clockSkewSeconds);
    return await attack(api, scenarios, pods, { ...options, signal, lost: lost.signal });
  } catch (error) {
    // What ends because of it has other words for it.
    lost.signal.throwIfAborted();
    throw error;
  } finally {
    await lock.release();
    options.say("lock released");
  }
}

async function attack(
  api: ClusterApi,
  scenarios: readonly Scenario[],
  pods: readonly PodName[],
  options: ClusterRunOptions & { lost: AbortSignal },
): Promise<ScenarioResult[]> {
  const run = `run-${randomBytes(4).toString("hex")}`;
  const { registry, signal, lost, say } = options;
  try {
    await setUp(api, pods, run, { registry, readySeconds: READY_SECONDS, signal, say });
    const attacker = new ClusterAttacker(api, options.config, run, registry);
    return await runScenarios(scenarios, attacker, options.store, {
      indices: options.indices,
      clusterName: options.clusterName,
      intervalMs: options.intervalMs,
      signal,
      onProgress: say,
    });
  } finally {
    // Who took the lock removes what is there before its own pods are made: those must stay.
    if (!lost.aborted) {
      say("cleaning up");
      await tearDown(api);
      say("cleaned up");
    }
  }
}

async function checkPreconditions(api: ClusterApi, options: ClusterRunOptions, skew: number): Promise<void> {
  if (skew > MOST_SKEW_SECONDS)
    throw new RunRefused(
      `This machine's clock is ${skew.toFixed(0)} s from the cluster's: times of documents would not be comparable.`,
      "Set the clock (NTP) and run again.",
    );
  const rights = await missingRights(api);
  if (rights.length > 0)
    throw new RunRefused(
      `The user of this context may not: ${rights.join(", ")}.`,
      "Use another context or user.",
    );
  const notReady = options.ignoreSensors ? [] : await waitForSensors(api, options);
  if (notReady.length > 0)
    throw new RunRefused(
      `Sensors are not ready: ${notReady.join(", ")}.`,
      "Wait for them, or run with --ignore-sensors: what they miss will fail.",
    );
  await options.store.search(options.indices.events, { size: 0 });
  options.say("preconditions hold");
}

async function waitForSensors(
  api: ClusterApi,
  { sensorSeconds = 0, signal, say }: ClusterRunOptions,
): Promise<string[]> {
  const deadline = Date.now() + sensorSeconds * 1000;
  let notReady = await sensorsNotReady(api);
  while (notReady.length > 0 && Date.now() < deadline) {
    say(`waiting for sensors: ${notReady.join(", ")}`);
    await sleep(5_000, undefined, { signal });
    notReady = await sensorsNotReady(api);
  }
  return notReady;
}

function podsOf(scenarios: readonly Scenario[]): PodName[] {
  return [...new Set(scenarios.flatMap(({ pods }) => pods))];
}

function refuseProtectedNamespaces(pods: readonly PodName[]): void {
  const wrong = pods.map(namespaceOf).find(isProtectedNamespace);
  if (wrong) throw new RunRefused(`No scenario may act in the namespace ${wrong}.`, "See cluster/guards.ts.");
}
