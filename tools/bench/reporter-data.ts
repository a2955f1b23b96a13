import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NO_LISTS } from "../../components/trivy/exploitation/exploitation";
import { forEachLimited } from "../../components/trivy/reporter/concurrency";
import { collectFindings, findingDocument } from "../../components/trivy/reporter/findings";
import { subjectOf } from "../../components/trivy/reporter/identity";
import type { Report, ReporterOptions } from "../../components/trivy/reporter/types";
import { VULNERABILITY } from "../../components/trivy/reporter/vulnerability-kind";
import type { ReportCluster } from "../../test/rigs/trivy/trivy-cluster";
import { type ReportSpec, reportObject, vulnerabilities } from "../../test/rigs/trivy/trivy-reports";
import { ApiError } from "../dev/cluster/api";

export interface Size {
  reports: number;
  findings: number;
}

const NAMESPACE = "bench";
const CONTAINERS_PER_REPLICA_SET = 10;
const WRITERS = 4;
const TRIES = 10;
// What the reporter puts into one request, so that both ask the same of Elasticsearch.
const REQUEST_BYTES = 3 * 1024 * 1024;

function reportSpec(number: number, { findings }: Size): ReportSpec {
  const workload = { kind: "ReplicaSet", name: replicaSetName(number) };
  const container = `c${number % CONTAINERS_PER_REPLICA_SET}`;
  return {
    namespace: NAMESPACE,
    name: `replicaset-${workload.name}-${container}`,
    container,
    workload,
    // Neighbours share most of their findings, as images on one base do.
    vulnerabilities: vulnerabilities(findings, number * 3),
    repository: `team/app-${number % 500}`,
  };
}

function replicaSetName(number: number): string {
  return `app-${Math.floor(number / CONTAINERS_PER_REPLICA_SET)}`;
}

/** Puts the reports into the cluster, and the ReplicaSets that they are about. */
export async function createReports(cluster: ReportCluster, size: Size): Promise<void> {
  await cluster.createNamespace(NAMESPACE);
  const numbers = Array.from({ length: size.reports }, (_, i) => i);
  const sets = new Set(numbers.map(replicaSetName));
  await forEachLimited(sets, WRITERS, (name) => retrying(() => createReplicaSet(cluster, name)));
  await forEachLimited(numbers, WRITERS, (number) =>
    retrying(() => cluster.createReport(reportSpec(number, size))),
  );
}

// On a busy machine etcd answers that a write took too long: it may have been made, or not.
async function retrying(create: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await create();
      return;
    } catch (error) {
      if (error instanceof ApiError && error.reason === "AlreadyExists") return;
      if (!(error instanceof ApiError && error.status >= 500) || tries === TRIES) throw error;
      await sleep(1000 * tries);
    }
  }
}

async function createReplicaSet(cluster: ReportCluster, name: string): Promise<void> {
  const labels = { app: name };
  const containers = [{ name: "c0", image: "registry.invalid/app:1" }];
  await cluster.api.create(`/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`, {
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  });
}

/** Writes the `_bulk` requests of the very documents that the reporter will store; returns their files. */
export function writeBulkRequests(folder: string, size: Size): string[] {
  const files: string[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const flush = () => {
    const file = path.join(folder, `${files.length}.ndjson`);
    fs.writeFileSync(file, lines.join(""));
    files.push(file);
    lines = [];
    bytes = 0;
  };
  for (let number = 0; number < size.reports; number += 1)
    for (const [id, json] of documents(number, size)) {
      const line = `${JSON.stringify({ index: { _id: id } })}\n${json}\n`;
      lines.push(line);
      bytes += line.length;
      if (bytes >= REQUEST_BYTES) flush();
    }
  if (lines.length > 0) flush();
  return files;
}

function* documents(number: number, size: Size): Generator<[id: string, json: string]> {
  const report = reportObject(reportSpec(number, size)) as Report;
  const metadata = { ...report.metadata, namespace: NAMESPACE, resourceVersion: "1" };
  const subject = subjectOf(metadata, undefined, "bench");
  const now = new Date();
  const options: ReporterOptions = {
    scanners: ["vulnerability"],
    clusterName: "bench",
    severityThreshold: "HIGH",
    closeAfterMs: 0,
    exploitation: NO_LISTS,
    now,
  };
  const time = now.toISOString();
  for (const [id, finding] of collectFindings(VULNERABILITY, subject, [report], options).wanted)
    yield [
      id,
      findingDocument(VULNERABILITY, id, finding, {
        now: time,
        firstSeen: time,
        rating: { inUse: false, priority: 1 },
      }),
    ];
}
