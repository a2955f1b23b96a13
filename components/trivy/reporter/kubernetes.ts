import { type Answer, ConnectionError, HttpClient, type Target } from "../../node-program/http-client";
import { Backoff, isTransient, type RetryPolicy, retryAfterMs } from "./retry";
import type { ObjectMeta, OwnerReference, VulnerabilityReport } from "./types";

/** The API server refused a request, and would again. */
export class ApiError extends Error {}

const REPORTS = "/apis/aquasecurity.github.io/v1alpha1";
const PAGE = 500;
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const MAX_RESTARTS = 3;

/** Workloads that another one makes: the report names them, the finding belongs to their owner. */
const MADE_BY_ANOTHER: Readonly<Record<string, string>> = {
  ReplicaSet: "/apis/apps/v1/namespaces/{ns}/replicasets/",
  Job: "/apis/batch/v1/namespaces/{ns}/jobs/",
};

/** The requests to the Kubernetes API that the reporter makes: it only reads. */
export class Cluster {
  private readonly client: HttpClient;

  constructor(
    target: Target,
    private readonly policy: RetryPolicy,
  ) {
    this.client = new HttpClient(target);
  }

  /**
   * Metadata of all VulnerabilityReports, by page and without the reports themselves: what changed is seen by
   * `resourceVersion`, and a page of whole reports could be some hundred megabytes.
   */
  async listReports(): Promise<ObjectMeta[]> {
    for (let restarts = 0; ; restarts += 1) {
      const found = await this.listFromStart();
      if (found) return found;
      // 410: the list took longer than the API server keeps its past. A list of two times would miss reports.
      if (restarts === MAX_RESTARTS) throw new ApiError("the list of reports expires before its last page");
    }
  }

  private async listFromStart(): Promise<ObjectMeta[] | undefined> {
    const found: ObjectMeta[] = [];
    let token = "";
    do {
      const path = `${REPORTS}/vulnerabilityreports?limit=${PAGE}&continue=${encodeURIComponent(token)}`;
      const response = await this.get(path, METADATA_LIST);
      if (response.status === 410) return undefined;
      if (response.status === 404)
        throw new ApiError("the cluster has no VulnerabilityReports: is trivy-operator installed?");
      const page = JSON.parse(expectOk(response, "list vulnerabilityreports").body) as List;
      for (const { metadata } of page.items ?? []) found.push(metadata);
      token = page.metadata.continue ?? "";
    } while (token);
    return found;
  }

  /**
   * A report, or undefined where it was deleted in the meantime.
   * @param resourceVersion It may be newer, not older: so the API server can answer from its cache, at a quarter of
   * what reading etcd costs it.
   */
  async getReport(
    namespace: string,
    name: string,
    resourceVersion: string,
  ): Promise<VulnerabilityReport | undefined> {
    const path = `${REPORTS}/namespaces/${encodeURIComponent(namespace)}/vulnerabilityreports/${encodeURIComponent(name)}?resourceVersion=${resourceVersion}`;
    const response = await this.get(path, "application/json");
    if (response.status === 404) return undefined;
    return JSON.parse(expectOk(response, "get vulnerabilityreports").body) as VulnerabilityReport;
  }

  /** What made a ReplicaSet or a Job; undefined where nothing did, or it is gone. */
  async ownerOf(namespace: string, kind: string, name: string): Promise<OwnerReference | undefined> {
    const folder = MADE_BY_ANOTHER[kind];
    if (!folder) return undefined;
    const path = `${folder.replace("{ns}", encodeURIComponent(namespace))}${encodeURIComponent(name)}`;
    const response = await this.get(path, METADATA_ONLY);
    if (response.status === 404) return undefined;
    const { metadata } = JSON.parse(expectOk(response, `get ${kind}`).body) as { metadata: ObjectMeta };
    return metadata.ownerReferences?.find((owner) => owner.controller);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async get(path: string, accept: string): Promise<Answer> {
    const backoff = new Backoff(this.policy, "Kubernetes API");
    for (;;) {
      try {
        const response = await this.client.request({ method: "GET", path, headers: { accept } });
        if (!isTransient(response.status)) return response;
        await backoff.wait(`status ${response.status}`, retryAfterMs(response));
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        await backoff.wait(error.message);
      }
    }
  }
}

interface List {
  metadata: { continue?: string };
  /** null where there is none. */
  items: { metadata: ObjectMeta }[] | null;
}

function expectOk(response: Answer, what: string): Answer {
  if (response.status === 200) return response;
  const hint = response.status === 403 ? ", the ClusterRole of the reporter allows it" : "";
  throw new ApiError(
    `the Kubernetes API answers ${response.status} to "${what}"${hint}: ${response.body.slice(0, 300)}`,
  );
}
