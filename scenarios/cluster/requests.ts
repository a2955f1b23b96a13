import { setTimeout as sleep } from "node:timers/promises";
import { type Configuration, HttpMethod, KubeConfig } from "@kubernetes/client-node";
import { NAMESPACE } from "../model/names";
import type { RequestStep } from "../model/scenario-schema";

/** What was answered to a request of a scenario. */
export interface Answer {
  status: number;
  body: string;
}

/** A name that no cluster has, for requests in another's name. */
const IMPERSONATED = "ctem-impersonated";
const TOKEN_PATH = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/ctem/token`;
const RETRY_MS = 200;

/** Makes the requests of scenarios with the client library, under the identities that their steps name. */
export class Requests {
  private token: Promise<string> | undefined;

  constructor(private readonly config: KubeConfig) {}

  /** All repetitions of a step; the last answer, or the first that is none of those that the step takes. */
  async carryOut(step: RequestStep, signal?: AbortSignal): Promise<Answer> {
    const config = await this.configOf(step);
    let answer: Answer = { status: 0, body: "" };
    for (let i = 0; i < step.times; i += 1) {
      answer = await patiently(config, { ...step, path: step.path.replaceAll("{i}", String(i)) }, signal);
      if (!step.statuses.includes(answer.status)) return answer;
    }
    return answer;
  }

  private async configOf({ as }: RequestStep): Promise<KubeConfig> {
    if (as === "user" || as === "impersonated") return this.config;
    if (as === "token") return this.withToken(await this.tokenOfAccount());
    return this.withToken(as === "guessed" ? "ctem-guessed" : undefined);
  }

  /** The same cluster with another token, or none. */
  private withToken(token: string | undefined): KubeConfig {
    const cluster = this.config.getCurrentCluster();
    if (!cluster) throw new Error("the kubeconfig has no cluster");
    const config = new KubeConfig();
    const name = "ctem";
    config.loadFromOptions({
      clusters: [cluster],
      users: [{ name, ...(token === undefined ? {} : { token }) }],
      contexts: [{ name, cluster: cluster.name, user: name }],
      currentContext: name,
    });
    return config;
  }

  private tokenOfAccount(): Promise<string> {
    this.token ??= (async () => {
      const path = TOKEN_PATH;
      const { status, body } = await send(this.config, {
        ...PLAIN,
        method: "POST",
        path,
        body: { spec: {} },
      });
      if (status !== 201) throw new Error(`no token of the account ctem: ${status} ${body.slice(0, 300)}`);
      return (JSON.parse(body) as { status: { token: string } }).status.token;
    })();
    return this.token;
  }
}

/** Who the API server takes the user of a kubeconfig for. @throws where it does not say */
export async function ownName(config: KubeConfig): Promise<string> {
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const { status, body } = await send(config, { ...PLAIN, method: "POST", path, body: review });
  if (status !== 201) throw new Error(`the API server does not say who asks: ${status}`);
  return (JSON.parse(body) as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

type Request = Pick<RequestStep, "method" | "path" | "body" | "contentType" | "as" | "auditId">;

const PLAIN = { as: "user" } as const;

async function patiently(config: KubeConfig, step: RequestStep, signal?: AbortSignal): Promise<Answer> {
  const deadline = Date.now() + step.retrySeconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await send(config, step);
    if (step.statuses.includes(answer.status) || Date.now() >= deadline) return answer;
    await sleep(RETRY_MS, undefined, { signal });
  }
}

async function send(config: KubeConfig, request: Request): Promise<Answer> {
  const { configuration } = config.makeApiClient(Holder);
  const context = configuration.baseServer.makeRequestContext(request.path, METHODS[request.method]);
  context.setHeaderParam("accept", "application/json");
  if (request.as === "impersonated") context.setHeaderParam("impersonate-user", IMPERSONATED);
  if (request.auditId) context.setHeaderParam("audit-id", request.auditId);
  if (request.body !== undefined) {
    const merge = request.method === "PATCH" ? "application/merge-patch+json" : "application/json";
    context.setHeaderParam("content-type", request.contentType ?? merge);
    context.setBody(typeof request.body === "string" ? request.body : JSON.stringify(request.body));
  }
  await configuration.authMethods.default?.applySecurityAuthentication(context);
  const response = await configuration.httpApi.send(context).toPromise();
  return { status: response.httpStatusCode, body: await response.body.text() };
}

const METHODS: Readonly<Record<RequestStep["method"], HttpMethod>> = {
  GET: HttpMethod.GET,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
  PATCH: HttpMethod.PATCH,
  DELETE: HttpMethod.DELETE,
};

/** An API of the client library's making that has no calls of its own: only its way to the server is used. */
class Holder {
  constructor(readonly configuration: Configuration) {}
}
