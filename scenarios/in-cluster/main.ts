import { setMaxListeners } from "node:events";
import { KubeConfig } from "@kubernetes/client-node";
import { ElasticsearchStore } from "../check/store";
import { evaluateChecklist } from "../checklist/evaluate";
import { ClusterApi } from "../cluster/api";
import { workloadNamespaces } from "../cluster/environment";
import { LEASE_NAMESPACE } from "../cluster/rights";
import { runOnCluster } from "../cluster/runner";
import { RunRefused } from "../cluster/runner-errors";
import { EXIT } from "../model/exit-codes";
import { markdown } from "../report/markdown";
import { makeReport, type Report } from "../report/report";
import { type RunnerSettings, runnerSettings } from "./job-settings";

const LOCK_SECONDS = 15;

/**
 * The run as a Job of the cluster: progress on stderr, then on stdout the report as one line of JSON, from which
 * `npm run scenarios -- --from-log` makes the other formats, and as Markdown for who reads the log.
 */
export async function main(env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<number> {
  setMaxListeners(0, stop);
  try {
    const report = await run(runnerSettings(env), stop);
    process.stdout.write(`${JSON.stringify(report)}\n${markdown(report, [])}\n`);
    return report.allPassed ? EXIT.passed : EXIT.failed;
  } catch (error) {
    if (stop.aborted) return EXIT.stopped;
    say(error instanceof RunRefused ? `${error.message} ${error.fix}` : String(error));
    return EXIT.refused;
  }
}

async function run(settings: RunnerSettings, signal: AbortSignal): Promise<Report> {
  const { clusterName, scenarios, indices, registry, sensorSeconds } = settings;
  const config = kubeConfig(settings.kubernetes);
  const store = new ElasticsearchStore(settings.elasticsearch);
  try {
    const results = await runOnCluster(scenarios, {
      ...{ config, store, signal, say, indices, clusterName, registry, sensorSeconds },
      lock: { namespace: LEASE_NAMESPACE, seconds: LOCK_SECONDS },
    });
    const namespaces = await workloadNamespaces(new ClusterApi(config));
    const facts = { store, results, indices, clusterName, workloadNamespaces: namespaces, now: new Date() };
    return makeReport(`cluster ${clusterName}`, results, await evaluateChecklist(facts));
  } finally {
    await store.close();
  }
}

/** As `loadFromCluster` makes it; that one reads its files from a fixed place. */
function kubeConfig({ url: server, caFile, tokenFile }: RunnerSettings["kubernetes"]): KubeConfig {
  const config = new KubeConfig();
  const name = "in-cluster";
  config.loadFromOptions({
    clusters: [{ name, server, caFile, skipTLSVerify: false }],
    users: [{ name, authProvider: { name: "tokenFile", config: { tokenFile } } }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  return config;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
