import * as fs from "node:fs";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { Target } from "../../components/node-program/http-client";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import type { ScenarioResult } from "../../scenarios/check/run";
import type { ElasticsearchStore } from "../../scenarios/check/store";
import { runOnCluster } from "../../scenarios/cluster/runner";
import { ESCAPE_NAMESPACE, NAMESPACE } from "../../scenarios/model/names";
import type { Scenario } from "../../scenarios/model/scenario-schema";
import { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { ReceiverProcess } from "../rigs/audit/receiver-process";
import { CLUSTER_NAME, PipelineRig } from "../rigs/pipeline/rig";
import { readerOf } from "../rigs/scenarios/replay";
import { emptyElasticsearch } from "../rigs/test-server";

const POLICY = path.join(__dirname, "../../components/k8s-audit/policy/audit-policy.yaml");

/** The scenarios that attack the API server, without what a correlator makes of it: none runs here. */
export const API_SCENARIOS: readonly Scenario[] = SCENARIOS.filter(({ steps }) =>
  steps.some((step) => step.do === "request"),
).map((scenario) => ({ ...scenario, chains: [] }));

/** What the runner makes around the attacks. */
const ISOLATED = [NAMESPACE, ESCAPE_NAMESPACE];

/** Who the API server takes the tests for. */
export const ADMIN = "security-stack-admin";

/**
 * A real API server that writes its audit log where the real node collector reads it, and the scenarios that attacked it
 * for real: nothing in between is simulated.
 */
export interface AuditWorld {
  server: ElasticsearchServer;
  rig: PipelineRig;
  store: ElasticsearchStore;
  /** The API server's audit log. */
  log: string;
  /** Of its webhook. */
  receiver: ReceiverProcess;
  api: KubeApi;
  target: Target;
  config: KubeConfig;
  results: ScenarioResult[];
}

let starting: Promise<AuditWorld> | undefined;
let cluster: Cluster | undefined;
let running: PipelineRig | undefined;
let receiving: ReceiverProcess | undefined;

/** Started once for all files of the rung. */
export function auditWorld(): Promise<AuditWorld> {
  starting ??= start();
  return starting;
}

after(async function () {
  this.timeout(60_000);
  const world = await starting?.catch(() => undefined);
  await Promise.all([world?.api.close(), world?.store.close()]);
  await cluster?.stop();
  await receiving?.end("SIGKILL");
  await running?.destroy();
});

async function start(): Promise<AuditWorld> {
  const server = await emptyElasticsearch();
  const rig = await PipelineRig.create(server);
  running = rig;
  const log = rig.logFile("k8s_audit", "audit.log");
  const receiver = await ReceiverProcess.create(path.join(rig.folder, "receiver"));
  receiving = receiver;
  await receiver.start();
  [cluster] = await Promise.all([
    startCluster({
      name: "audit",
      ephemeral: true,
      apiServer: [
        `--audit-policy-file=${POLICY}`,
        `--audit-log-path=${log}`,
        `--audit-webhook-config-file=${receiver.kubeconfig}`,
        "--audit-webhook-batch-max-wait=1s",
        "--audit-webhook-initial-backoff=1s",
        "--audit-webhook-truncate-enabled",
      ],
    }),
    rig.start(),
  ]);
  const target = targetOfKubeconfig(cluster.kubeconfigPath);
  const api = new KubeApi(target);
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  const store = readerOf(server);
  const results = await runOnCluster(API_SCENARIOS, {
    ...{ config, store, indices: INDICES, clusterName: CLUSTER_NAME },
    signal: new AbortController().signal,
    say: () => undefined,
    ignoreSensors: true,
    lock: { namespace: "default", seconds: 15 },
    intervalMs: 250,
  });
  return { server, rig, store, log, receiver, api, target, config, results };
}

/** The lines of the API server's log by the scenario during which they were written. */
export function linesOf({ log, results }: AuditWorld): Map<string, string[]> {
  const attacks = fs.readFileSync(log, "utf8").trimEnd().split("\n").filter(isAttack);
  return new Map(
    results.map(({ id, startedAt, endedAt }, i) => {
      const until = results[i + 1]?.startedAt ?? endedAt;
      return [id, attacks.filter((line) => receivedAt(line) >= startedAt && receivedAt(line) < until)];
    }),
  );
}

function receivedAt(line: string): string {
  return /"requestReceivedTimestamp":"([^"]+)"/.exec(line)?.[1] ?? "";
}

/** Of the attacker, or of nobody, or with the token that was taken; not what the runner does around the attacks. */
function isAttack(line: string): boolean {
  const { user, objectRef } = JSON.parse(line) as {
    user?: { username?: string };
    objectRef?: { resource?: string; name?: string };
  };
  const attackers = [undefined, ADMIN, "system:anonymous", `system:serviceaccount:${NAMESPACE}:ctem`];
  const around = objectRef?.resource === "leases" || ISOLATED.includes(objectRef?.name ?? "");
  return attackers.includes(user?.username) && !around && !line.includes("labelSelector");
}
