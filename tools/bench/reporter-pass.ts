import type { Target } from "../../components/node-program/http-client";
import { NO_LISTS } from "../../components/trivy/exploitation/exploitation";
import { Store } from "../../components/trivy/reporter/findings-store";
import { Cluster } from "../../components/trivy/reporter/kubernetes";
import { runPass, type Summary } from "../../components/trivy/reporter/pass";
import { RETRY_POLICY } from "../../components/trivy/reporter/retry";
import { INDICES } from "../dev/elasticsearch/indices";

/** What the measured process is given, as JSON in `argv[2]`. */
export interface PassInput {
  kubernetes: Target;
  elasticsearch: Target;
  index: string;
}

/** What it prints. */
export interface PassOutput {
  summary: Summary;
  seconds: number;
  /** Peak resident memory of the process, as the kernel counted it. */
  megabytes: number;
}

/**
 * One pass of the reporter in a process of its own: the program of the CronJob but for its credentials, which the
 * test build of Elasticsearch knows only as user and password.
 */
async function main(input: PassInput): Promise<void> {
  const cluster = new Cluster(input.kubernetes, RETRY_POLICY);
  const store = (index: string) => new Store([input.elasticsearch], index, RETRY_POLICY);
  const stores = { vulnerabilities: store(input.index), posture: store(INDICES.posture) };
  const started = performance.now();
  const summary = await runPass(cluster, stores, RETRY_POLICY, {
    scanners: ["vulnerability"],
    clusterName: "bench",
    severityThreshold: "HIGH",
    closeAfterMs: 0,
    exploitation: NO_LISTS,
    now: new Date(),
  });
  const seconds = (performance.now() - started) / 1000;
  await cluster.close();
  await Promise.all(Object.values(stores).map((one) => one.close()));
  const output: PassOutput = { summary, seconds, megabytes: process.resourceUsage().maxRSS / 1024 };
  console.log(JSON.stringify(output));
}

void main(JSON.parse(process.argv[2] ?? "{}") as PassInput);
