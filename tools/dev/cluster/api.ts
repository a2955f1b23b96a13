import http from "node:http";
import https from "node:https";
import type { ApiTarget } from "./kubeconfig";

/** What the API server answered when it was not a success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The Kubernetes API as plain JSON over HTTPS: these tools need a few paths of it and no generated client. */
export class KubeApi {
  private readonly protocol: typeof http | typeof https;
  private readonly agent: http.Agent;

  constructor(
    private readonly target: ApiTarget,
    private readonly timeoutMs = 30_000,
  ) {
    this.protocol = target.server.startsWith("http:") ? http : https;
    this.agent = target.agent ?? new this.protocol.Agent({ keepAlive: true, ...target.tls });
  }

  get<T>(path: string): Promise<T> {
    return this.send("GET", path);
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.send("POST", path, body);
  }

  /** Creates the object, or leaves the one that is there. */
  async ensure(path: string, body: unknown): Promise<void> {
    try {
      await this.create(path, body);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    }
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.send("PATCH", path, body, "application/merge-patch+json");
  }

  delete<T>(path: string): Promise<T> {
    return this.send("DELETE", path);
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.agent.destroy();
  }

  private send<T>(method: string, path: string, body?: unknown, type = "application/json"): Promise<T> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: "application/json",
      ...(payload && { "content-type": type }),
      ...this.target.headers,
    };
    return new Promise((resolve, reject) => {
      const call = this.protocol.request(
        this.target.server.replace(/\/$/, "") + path,
        { method, headers, agent: this.agent, timeout: this.timeoutMs },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk) => {
            text += chunk;
          });
          response.on("end", () => {
            const status = response.statusCode ?? 0;
            if (status >= 400) reject(toError(status, text));
            else resolve(parseOrText(text) as T);
          });
          response.on("error", reject);
        },
      );
      call.on("timeout", () =>
        call.destroy(new Error(`no answer from ${this.target.server} in ${this.timeoutMs / 1000} s`)),
      );
      call.on("error", reject);
      call.end(payload);
    });
  }
}

function toError(status: number, text: string): ApiError {
  const body = parseOrText(text) as { reason?: string; message?: string };
  return new ApiError(status, body?.reason ?? String(status), body?.message ?? text.slice(0, 500));
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
