import * as fs from "node:fs";
import { bearer, HttpClient, parsed, type Request } from "./http-client";
import type { ApiServer } from "./settings";

/** The API server refused, or could not do, what it was asked. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Kubernetes' own word: NotFound, Conflict, TooManyRequests, Invalid, Forbidden. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 10_000;
const MOST_TEXT = 600;

export interface Write {
  /** Asks what would happen; nothing is changed. */
  dryRun?: boolean;
}

/** The few requests to the API server that a program in a pod makes, with the token of its ServiceAccount. */
export class ClusterClient {
  private readonly client: HttpClient;
  private readonly tokenFile: string;

  constructor({ url, caFile, tokenFile }: ApiServer) {
    this.tokenFile = tokenFile;
    this.client = new HttpClient(
      { url, ca: fs.readFileSync(caFile, "utf8") },
      { timeoutMs: TIMEOUT_MS, connections: 4 },
    );
  }

  /** @returns undefined where there is no such object */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      return await this.send<T>("GET", path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list<T>(path: string): Promise<T[]> {
    return (await this.send<{ items?: T[] }>("GET", path)).items ?? [];
  }

  /** @returns whether it was made; false where one of that name is there */
  async create(path: string, body: object, write: Write = {}): Promise<boolean> {
    try {
      await this.send("POST", withDryRun(path, write), body);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.reason === "AlreadyExists") return false;
      throw error;
    }
  }

  /** @throws ApiError with the status 409 where the object is not as `metadata` of the patch says */
  async patch<T>(path: string, body: object, write: Write = {}): Promise<T> {
    return this.send<T>("PATCH", withDryRun(path, write), body, "application/merge-patch+json");
  }

  /** Where it is gone already, that is well. */
  async remove(path: string): Promise<void> {
    try {
      await this.send("DELETE", path);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async send<T>(
    method: Request["method"],
    path: string,
    content?: object,
    type = "application/json",
  ): Promise<T> {
    // The kubelet puts a new token into the file before the old one expires (kubernetes.io, "Bound service account tokens").
    const token = fs.readFileSync(this.tokenFile, "utf8").trim();
    const { status, body } = await this.client.request({
      method,
      path,
      headers: {
        accept: "application/json",
        authorization: bearer(token),
        ...(content ? { "content-type": type } : {}),
      },
      ...(content ? { body: JSON.stringify(content) } : {}),
    });
    const answer = parsed(body);
    if (status < 400) return answer as T;
    const { reason, message } = (answer ?? {}) as { reason?: string; message?: string };
    throw new ApiError(status, reason ?? String(status), (message ?? body).slice(0, MOST_TEXT));
  }
}

function withDryRun(path: string, { dryRun }: Write): string {
  return dryRun ? `${path}?dryRun=All` : path;
}
