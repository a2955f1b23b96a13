import type { Target } from "../../../components/node-program/http-client";
import { NO_LISTS } from "../../../components/trivy/exploitation/exploitation";
import { Store } from "../../../components/trivy/reporter/findings-store";
import { Cluster } from "../../../components/trivy/reporter/kubernetes";
import { runPass, type Summary } from "../../../components/trivy/reporter/pass";
import type { RetryPolicy } from "../../../components/trivy/reporter/retry";
import type { ReporterOptions } from "../../../components/trivy/reporter/types";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../test-server";
import { ReportCluster } from "./trivy-cluster";
import type { ReportSpec } from "./trivy-reports";
import { TestIndex } from "./trivy-store";

export const POLICY: RetryPolicy = { budgetMs: 10_000, firstWaitMs: 20, maxWaitMs: 200 };
const START = Date.parse("2026-11-22T12:00:00Z");

export interface PassSettings extends Partial<ReporterOptions> {
  /** Minutes since the pass before. */
  later?: number;
  policy?: RetryPolicy;
  /** Other ways to the two servers, through a proxy. */
  kubernetes?: Target;
  elasticsearch?: Target;
}

/** A real API server and a real Elasticsearch, and for each test a namespace, an index and a clock. */
export class ReporterWorld {
  namespace = "";
  index!: TestIndex;
  /** Of the findings that are no vulnerabilities. */
  posture!: TestIndex;
  private tests = 0;
  private minutes = 0;

  private constructor(
    readonly cluster: ReportCluster,
    readonly elasticsearch: ElasticsearchServer,
  ) {}

  static async start(name: string): Promise<ReporterWorld> {
    const cluster = await ReportCluster.start(name);
    return new ReporterWorld(cluster, await emptyElasticsearch());
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
  }

  /** Before each test. */
  async begin(mappings?: Record<string, object>): Promise<void> {
    this.tests += 1;
    this.minutes = 0;
    this.namespace = `shop-${this.tests}`;
    await this.cluster.createNamespace(this.namespace);
    this.index = await TestIndex.create(this.elasticsearch, `security-vuln-${this.tests}`, mappings);
    this.posture = await TestIndex.create(this.elasticsearch, `security-posture-${this.tests}`);
  }

  /** After each test: a report that is left would be of the next one's pass too. */
  async end(): Promise<void> {
    await this.cluster.deleteReports(this.namespace);
    await this.index.remove();
    await this.posture.remove();
  }

  /** A pass of the reporter, with its rights in the index, five minutes after the one before. */
  async pass(settings: PassSettings = {}): Promise<Summary> {
    const { later = 5, policy = POLICY, kubernetes, elasticsearch, ...options } = settings;
    this.minutes += later;
    const cluster = new Cluster(kubernetes ?? this.cluster.target, policy);
    const store = (index: TestIndex) => new Store([elasticsearch ?? index.target], index.name, policy);
    const stores = { vulnerabilities: store(this.index), posture: store(this.posture) };
    try {
      return await runPass(cluster, stores, policy, {
        scanners: ["vulnerability"],
        clusterName: "test",
        severityThreshold: "HIGH",
        closeAfterMs: 6 * 3_600_000,
        exploitation: NO_LISTS,
        now: new Date(START + this.minutes * 60_000),
        ...options,
      });
    } finally {
      await cluster.close();
      await Promise.all(Object.values(stores).map((store) => store.close()));
    }
  }

  /** A report on a StatefulSet of the test's namespace. */
  statefulSet(vulnerabilities: ReportSpec["vulnerabilities"], name = "db"): ReportSpec {
    return {
      namespace: this.namespace,
      name: `statefulset-${name}-app`,
      container: "app",
      workload: { kind: "StatefulSet", name },
      vulnerabilities,
    };
  }
}
