import { HttpClient, parsed, type Request, type Target } from "../../../components/node-program/http-client";

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
  private readonly client: HttpClient;

  constructor(target: Target, timeoutMs = 30_000) {
    this.client = new HttpClient(target, { timeoutMs });
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

  /** Writes the whole object, as a controller does. */
  replace<T>(path: string, body: unknown): Promise<T> {
    return this.send("PUT", path, body);
  }

  /** Server-side apply under a field manager's name. */
  apply<T>(path: string, body: unknown, fieldManager: string): Promise<T> {
    const query = `?fieldManager=${encodeURIComponent(fieldManager)}`;
    return this.send("PATCH", path + query, body, "application/apply-patch+yaml");
  }

  delete<T>(path: string): Promise<T> {
    return this.send("DELETE", path);
  }

  /** Closes the connections that are kept open. */
  close(): Promise<void> {
    return this.client.close();
  }

  private async send<T>(
    method: Request["method"],
    path: string,
    content?: unknown,
    type = "application/json",
  ): Promise<T> {
    const body = content === undefined ? undefined : JSON.stringify(content);
    const headers = { accept: "application/json", ...(body && { "content-type": type }) };
    const answer = await this.client.request({ method, path, headers, body });
    if (answer.status >= 400) throw toError(answer.status, answer.body);
    return (parsed(answer.body) ?? answer.body) as T;
  }
}

function toError(status: number, text: string): ApiError {
  const body = parsed(text) as { reason?: string; message?: string } | undefined;
  return new ApiError(status, body?.reason ?? String(status), body?.message ?? text.slice(0, 500));
}
