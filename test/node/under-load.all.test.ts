import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticsearchClient } from "../../tools/dev/elasticsearch/client";
import { withClient } from "../../tools/dev/node/store-keys";
import { LogWriter } from "../rigs/pipeline/log-writer";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import { reportObject, vulnerabilities } from "../rigs/trivy/trivy-reports";
import { Deployment } from "../support/stack/deployment";
import { areReady, podsOnNode } from "../support/stack/node-pods";
import { NodeUsage } from "../support/stack/node-usage";
import { until } from "../support/stack/objects";

const SECONDS = Number(process.env["NODE_LOAD_SECONDS"] ?? 600);
const LINES_PER_SECOND = 500;
const SAMPLE_MS = 5000;
const NAMESPACE = "security-pipeline";

const FEATURES = [
  { name: "otel_pipeline", config: { gatewayReplicas: 1, nodeLogBasePath: "/var/log/security" } },
  { name: "falco", config: { priority: "Notice" } },
  { name: "k8s_audit", config: { source: "webhook", webhook: { url: "https://10.0.0.10:30643" } } },
  { name: "correlation" },
  {
    name: "notifications",
    config: { receivers: [{ name: "chat", slack: { channel: "#security", secretRef: { name: "chat" } } }] },
  },
  { name: "response" },
  // Its scans of images take a database of vulnerabilities, which no registry of packages has.
  { name: "trivy", config: { scanners: ["configAudit", "rbacAssessment"], shipSchedule: "* * * * *" } },
];
const EXPECTED = [
  "node-collector",
  "gateway",
  "security-es",
  "elastic-operator",
  "alertmanager",
  "notifier",
  "trivy-operator",
];
const REPORTS = "/apis/aquasecurity.github.io/v1alpha1";

/** A report of trivy-operator on a workload or a role. */
interface AuditReport {
  metadata: { labels: Record<string, string> };
  report: { scanner: { name: string } };
}

// Under their real security contexts, read-only root, users, probes and limits.
describe(`every container of ours that can run here, ${SECONDS} s under ${LINES_PER_SECOND} lines/s on a real node`, function () {
  this.timeout((SECONDS + 900) * 1000);
  let deployment: Deployment;
  let failed: string | undefined;
  let writer: LogWriter | undefined;
  let sampling: Promise<void>;
  let end = 0;
  let usage: NodeUsage;

  before(async () => {
    deployment = await Deployment.start({ name: "test-node-load", asConfigured: true, realNode: true });
    deployment.configure({
      toggle: { tetragon: false, osquery: false, trivy: true },
      features: FEATURES,
      output: { elasticsearch: { managed: { preset: "poc", kibana: false, storage: { size: "10Gi" } } } },
    });
  });
  after(async () => {
    end = 0;
    await writer?.stop();
    await deployment?.stop();
  });

  beforeEach(() => assert.equal(failed, undefined, "is not run: a test before it failed"));
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = this.currentTest.title;
  });

  it("comes up, and is written to from now on", async () => {
    await Promise.all([deployment.run("up"), makeReceiverSecret()]);
    await until("every pod", () => podsOnNode(deployment), areReady, 300_000);
    const folder = join(deployment.node!.logFolder, "security", "falco");
    mkdirSync(folder, { recursive: true });
    end = Date.now() + SECONDS * 1000;
    writer = new LogWriter({
      file: join(folder, "events.log"),
      line: (sequence) => falcoLine({ sequence, size: 1000 }),
      linesPerSecond: LINES_PER_SECOND,
      rotateEveryMs: 60_000,
    });
    usage = new NodeUsage(deployment);
    sampling = sampleUntilEnd();
    // Awaited by the last test; that it failed must not end the process before.
    sampling.catch(() => undefined);
  });

  it("has reports of trivy-operator on every workload of the stack and on roles", async () => {
    const reports = (kind: string) => async () => {
      const { items } = await deployment.api.get<{ items: AuditReport[] }>(`${REPORTS}/${kind}`);
      return items;
    };
    const workloads = (found: AuditReport[]) =>
      found.map(({ metadata: { labels } }) => labels["trivy-operator.resource.name"]);
    const audits = await until(
      "reports on the stack's workloads",
      reports("configauditreports"),
      (found) =>
        ["node-collector", "gateway", "trivy-operator"].every((name) => workloads(found).includes(name)),
      300_000,
    );
    const roles = await until(
      "reports on roles",
      reports("rbacassessmentreports"),
      ({ length }) => length > 0,
    );
    for (const { report } of [...audits, ...roles]) assert.equal(report.scanner.name, "Trivy");
    console.log(`      ${audits.length} reports on workloads, ${roles.length} on roles`);
  });

  it("brings a report's findings to Elasticsearch by the reporter's CronJob", async () => {
    const report = reportObject({
      ...{ namespace: NAMESPACE, name: "statefulset-gateway", container: "gateway" },
      workload: { kind: "StatefulSet", name: "gateway" },
      vulnerabilities: vulnerabilities(25),
    });
    await deployment.api.create(`${REPORTS}/namespaces/${NAMESPACE}/vulnerabilityreports`, report);
    const count = () =>
      inStore((client) => client.count("security-vuln", { exists: { field: "vulnerability.id" } }));
    assert.equal(await until("the findings", count, (found) => found >= 25, 240_000), 25);
  });

  it("stays within the sizing table, is never restarted, and loses no line", async () => {
    await sampling;
    const written = await writer!.stop();
    const count = () =>
      inStore((client) => client.count("security-events", { term: { "labels.security_tool": "falco" } }));
    assert.equal(await until("every line", count, (found) => found >= written, 300_000), written);
    await judge(written);
  });

  function inStore<T>(use: (client: ElasticsearchClient) => Promise<T>): Promise<T> {
    return withClient(deployment.api, deployment.cluster.kubeconfigPath, NAMESPACE, use);
  }

  async function sampleUntilEnd(): Promise<void> {
    while (Date.now() < end) {
      await usage.sample();
      await sleep(SAMPLE_MS);
    }
  }

  /** As soon as there is the namespace. Its server is nowhere: what is sent there is tried again and again. */
  async function makeReceiverSecret(): Promise<void> {
    const namespaces = () =>
      deployment.api.get<{ items: { metadata: { name: string } }[] }>("/api/v1/namespaces");
    const isThere = ({ items }: Awaited<ReturnType<typeof namespaces>>) =>
      items.some(({ metadata }) => metadata.name === NAMESPACE);
    await until("the namespace", namespaces, isThere, 120_000);
    const url = Buffer.from("https://hooks.example.invalid/services/x").toString("base64");
    const secret = { metadata: { name: "chat" }, data: { url } };
    await deployment.api.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, secret);
  }

  /** Of each container: none restarted, none beyond its limits. */
  async function judge(written: number): Promise<void> {
    const pods = await podsOnNode(deployment);
    const { table, problems } = usage.report(pods);
    console.log(`${table}\n      ${written} lines, all found`);
    assert.deepEqual(problems, []);
    for (const name of EXPECTED)
      assert.ok(
        pods.some(({ metadata }) => metadata.name.startsWith(name)),
        `no pod of ${name} on the real node`,
      );
  }
});
