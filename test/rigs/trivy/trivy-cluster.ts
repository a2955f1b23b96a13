import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import type { Manifest } from "../../../components/kubernetes/manifest";
import type { Target } from "../../../components/node-program/http-client";
import { REPORT_KINDS } from "../../../components/trivy/reporter/all-kinds";
import { ApiError, KubeApi } from "../../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import type { RecordedReport } from "./recorded-reports";
import { type ReportSpec, reportBody, reportObject } from "./trivy-reports";

/** Every resource with reports that become findings. */
const RESOURCES = REPORT_KINDS.flatMap(({ resources: { namespaced, cluster } }) =>
  cluster ? [namespaced, cluster] : [namespaced],
);
const API = "/apis/aquasecurity.github.io/v1alpha1";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Named {
  metadata: { name: string; uid: string; ownerReferences?: { name: string }[] };
}

/** An embedded cluster of its own with the chart's CRDs of reports, and what puts reports into it. */
export class ReportCluster {
  private constructor(
    private readonly cluster: Cluster,
    private readonly directory: string,
    readonly api: KubeApi,
  ) {}

  static async start(name: string): Promise<ReportCluster> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), `checkout-${name}-`));
    const cluster = await startCluster({ name, directory, ephemeral: true });
    const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath), 60_000);
    const started = new ReportCluster(cluster, directory, api);
    await started.installCrds();
    return started;
  }

  get kubeconfigPath(): string {
    return this.cluster.kubeconfigPath;
  }

  /** The API server for the reporter, as the cluster's administrator. */
  get target(): Target & { ca: string } {
    return targetOfKubeconfig(this.cluster.kubeconfigPath);
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.cluster.stop();
    fs.rmSync(checkoutFolder(this.directory), { recursive: true, force: true });
    fs.rmSync(this.directory, { recursive: true });
  }

  async createNamespace(name: string, labels: Record<string, string> = {}): Promise<void> {
    await this.api.create("/api/v1/namespaces", { metadata: { name, labels } });
  }

  /** Creates it where it is not there already. */
  async ensureNamespace(name: string): Promise<void> {
    await this.api.ensure("/api/v1/namespaces", { metadata: { name } });
  }

  /** Creates an object of the plan. */
  async apply(manifest: Manifest): Promise<void> {
    const { kind, apiVersion, metadata } = manifest;
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const namespace = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
    await this.api.create(`${base}${namespace}/${kind.toLowerCase()}s`, manifest);
  }

  /** A token of a ServiceAccount, as its pods get it. */
  async token(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const { status } = await this.api.create<{ status: { token: string } }>(path, { spec: {} });
    return status.token;
  }

  /** A Deployment without pods; returns the ReplicaSet that its controller makes. */
  async createDeployment(namespace: string, name: string): Promise<{ name: string; uid: string }> {
    const labels = { app: name };
    await this.api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "app", image: "registry.invalid/web:1" }] },
        },
      },
    });
    return this.newestReplicaSet(namespace, name, new Set());
  }

  /** Changes a Deployment's image; returns the new ReplicaSet. */
  async rollOut(namespace: string, name: string, image: string): Promise<{ name: string; uid: string }> {
    const before = new Set((await this.replicaSets(namespace, name)).map(({ metadata }) => metadata.name));
    const containers = [{ name: "app", image }];
    await this.api.patch(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, {
      spec: { template: { spec: { containers } } },
    });
    return this.newestReplicaSet(namespace, name, before);
  }

  async createReport(spec: ReportSpec): Promise<void> {
    await this.api.create(reports(spec.namespace), reportObject(spec));
  }

  async updateReport(spec: ReportSpec): Promise<void> {
    await this.api.patch(`${reports(spec.namespace)}/${spec.name}`, { report: reportBody(spec) });
  }

  /** Deletes a report, and returns when the API server's cache has it no more. */
  async deleteReport({ namespace, name }: ReportSpec): Promise<void> {
    const path = `${reports(namespace)}/${name}`;
    await this.api.delete(path);
    await waitUntil(`${name} to be gone`, () => isGone(this.api.get(`${path}?resourceVersion=0`)));
  }

  /** Writes a report that was recorded, of any kind; its owners are not here, and so not named. */
  async putReport(report: RecordedReport): Promise<void> {
    const { ownerReferences: _, ...metadata } = report.metadata;
    await this.api.create(folderOf(report), { ...report, metadata });
  }

  /** Changes what a recorded report says. */
  async changeReport(report: RecordedReport): Promise<void> {
    await this.api.patch(`${folderOf(report)}/${report.metadata.name}`, { report: report.report });
  }

  /** Deletes a recorded report, and returns when the API server's cache has it no more. */
  async dropReport(report: RecordedReport): Promise<void> {
    const path = `${folderOf(report)}/${report.metadata.name}`;
    await this.api.delete(path);
    await waitUntil(`${path} to be gone`, () => isGone(this.api.get(`${path}?resourceVersion=0`)));
  }

  /** Deletes recorded reports, those that are there. */
  async dropRecorded(reports: readonly RecordedReport[]): Promise<void> {
    for (const report of reports) {
      const gone = await isGone(this.api.get(`${folderOf(report)}/${report.metadata.name}`));
      if (!gone) await this.dropReport(report);
    }
  }

  /** Deletes all reports of a namespace. */
  async deleteReports(namespace: string): Promise<void> {
    await this.api.delete(reports(namespace));
  }

  private async newestReplicaSet(namespace: string, deployment: string, before: ReadonlySet<string>) {
    const found = await waitUntil(`a new ReplicaSet of ${deployment}`, async () =>
      (await this.replicaSets(namespace, deployment)).find(({ metadata }) => !before.has(metadata.name)),
    );
    return found.metadata;
  }

  private async replicaSets(namespace: string, deployment: string): Promise<Named[]> {
    const { items } = await this.api.get<{ items: Named[] }>(
      `/apis/apps/v1/namespaces/${namespace}/replicasets`,
    );
    return items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === deployment);
  }

  private async installCrds(): Promise<void> {
    const { "chart-trivy-operator": chart } = await ensureTools(["chart-trivy-operator"]);
    for (const resource of RESOURCES) {
      const file = path.join(chart, "crds", `aquasecurity.github.io_${resource}.yaml`);
      await this.api.ensure(CRDS, parse(fs.readFileSync(file, "utf8")));
    }
    for (const resource of RESOURCES)
      await waitUntil(
        `the API of ${resource}`,
        async () => !(await isGone(this.api.get(`${API}/${resource}`))),
      );
  }
}

async function isGone(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    throw error;
  }
}

function reports(namespace: string): string {
  return `${API}/namespaces/${namespace}/vulnerabilityreports`;
}

function folderOf({ kind, metadata }: RecordedReport): string {
  const resource = `${kind.toLowerCase()}s`;
  return metadata.namespace ? `${API}/namespaces/${metadata.namespace}/${resource}` : `${API}/${resource}`;
}
