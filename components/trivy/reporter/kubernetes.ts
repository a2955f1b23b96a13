import { type Answer, ConnectionError, HttpClient, type Target } from "../../node-program/http-client";
import { ImagesInUse, type PodImages } from "../exploitation/images-in-use";
import type { ReportKind } from "./report-kind";
import { Backoff, isTransient, type RetryPolicy, retryAfterMs } from "./retry";
import type { ObjectMeta, OwnerReference, Report } from "./types";

/** The API server refused a request, and would again. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** As it answered. */
    readonly status?: number,
  ) {
    super(message);
  }
}

type ReportResources = ReportKind["resources"];

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

  /** Metadata of all reports of a kind, those in namespaces and those in none. */
  async listReports({ namespaced, cluster }: ReportResources): Promise<ObjectMeta[]> {
    const inNamespaces = await this.listResource(namespaced);
    return cluster ? [...inNamespaces, ...(await this.listResource(cluster))] : inNamespaces;
  }

  /**
   * By page and without the reports themselves: what changed is seen by `resourceVersion`, and a page of whole reports
   * could be some hundred megabytes.
   */
  private async listResource(resource: string): Promise<ObjectMeta[]> {
    const found: ObjectMeta[] = [];
    try {
      await this.list<ListOf<{ metadata: ObjectMeta }>>(
        {
          path: `${REPORTS}/${resource}?limit=${PAGE}`,
          accept: METADATA_LIST,
          what: resource,
        },
        () => {
          found.length = 0;
        },
        ({ items }) => found.push(...(items ?? []).map(({ metadata }) => metadata)),
      );
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      throw new ApiError(`the cluster has no ${resource}: is trivy-operator installed?`);
    }
    return found;
  }

  /** The images that pods run now, which is all that is kept of the pods; undefined where these may not be listed. */
  async imagesInUse(): Promise<ImagesInUse | undefined> {
    // By which a list of pods can be filtered: pkg/registry/core/pod/strategy.go, ToSelectableFields.
    const notEnded = encodeURIComponent("status.phase!=Succeeded,status.phase!=Failed");
    let images = new ImagesInUse();
    try {
      await this.list<ListOf<PodImages>>(
        {
          path: `/api/v1/pods?fieldSelector=${notEnded}&limit=${PAGE}`,
          accept: "application/json",
          what: "pods",
        },
        () => {
          images = new ImagesInUse();
        },
        ({ items }) => {
          for (const pod of items ?? []) images.add(pod);
        },
      );
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      return undefined;
    }
    return images;
  }

  /** Takes a list page by page; begins again where the API server has forgotten its past before the last page. */
  private async list<P extends ListOf<unknown>>(
    request: ListRequest,
    begin: () => void,
    take: (page: P) => void,
  ): Promise<void> {
    for (let restarts = 0; ; restarts += 1) {
      begin();
      if (await this.listFromStart(request, take)) return;
      // 410: the list took longer than the API server keeps its past. A list of two times would miss some.
      if (restarts === MAX_RESTARTS)
        throw new ApiError(`the list of ${request.what} expires before its last page`);
    }
  }

  private async listFromStart<P extends ListOf<unknown>>(
    { path, accept, what }: ListRequest,
    take: (page: P) => void,
  ): Promise<boolean> {
    let token = "";
    do {
      const response = await this.get(`${path}&continue=${encodeURIComponent(token)}`, accept);
      if (response.status === 410) return false;
      const page = JSON.parse(expectOk(response, `list ${what}`).body) as P;
      take(page);
      token = page.metadata.continue ?? "";
    } while (token);
    return true;
  }

  /**
   * A report, or undefined where it was deleted in the meantime.
   * @param namespace Empty for a report that is in none
   * @param resourceVersion It may be newer, not older: so the API server can answer from its cache, at a quarter of
   * what reading etcd costs it.
   */
  async getReport(
    resources: ReportResources,
    namespace: string,
    name: string,
    resourceVersion: string,
  ): Promise<Report | undefined> {
    const resource = (namespace ? undefined : resources.cluster) ?? resources.namespaced;
    const folder = namespace ? `namespaces/${encodeURIComponent(namespace)}/${resource}` : resource;
    const path = `${REPORTS}/${folder}/${encodeURIComponent(name)}?resourceVersion=${resourceVersion}`;
    const response = await this.get(path, "application/json");
    if (response.status === 404) return undefined;
    return JSON.parse(expectOk(response, `get ${resource}`).body) as Report;
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

interface ListOf<T> {
  metadata: { continue?: string };
  /** null where there is none. */
  items: T[] | null;
}

interface ListRequest {
  path: string;
  accept: string;
  /** Of its errors. */
  what: string;
}

function expectOk(response: Answer, what: string): Answer {
  if (response.status === 200) return response;
  const hint = response.status === 403 ? ", the ClusterRole of the reporter allows it" : "";
  throw new ApiError(
    `the Kubernetes API answers ${response.status} to "${what}"${hint}: ${response.body.slice(0, 300)}`,
    response.status,
  );
}
