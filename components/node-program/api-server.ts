import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { type Answer, HttpClient, type Target } from "./http-client";
import { kubeconfigTarget } from "./kubeconfig-target";
import { staticTarget } from "./static-kubeconfig";

/** For one request; after that the API server is taken to be away. */
export const REQUEST_MS = 10_000;

/** How long it is waited for an API server that says that it is busy. */
const BUSY_MS = 30_000;
/** Between two requests where it does not say when to come again; and the least. */
const [AGAIN_MS, SOONEST_MS] = [1_000, 50];

/** Why a connection failed, in our own words: those of libraries may quote the kubeconfig, or a plugin's token. */
export class Refusal extends Error {}

/** The same of any error: of those that are not ours only a code is told. */
export function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { code, name } = error as NodeJS.ErrnoException;
  if (code === "ETIMEDOUT") return `the API server did not answer in ${REQUEST_MS / 1000} s`;
  return `the API server can't be reached (${code ?? name})`;
}

/**
 * The kubeconfig of KUBECONFIG, else ~/.kube/config, at a context or its current one.
 * @param text A kubeconfig instead of that
 * @throws Refusal
 */
export async function loadKubeConfig(context: string | undefined, text?: string): Promise<KubeConfig> {
  // 0.4 s and some 70 MB, which a run that needs no connection does without.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (text === undefined) config.loadFromDefault();
    else config.loadFromString(text);
  } catch (error) {
    const { code = "not valid" } = error as NodeJS.ErrnoException;
    throw new Refusal(`the kubeconfig can't be read (${code}); set KUBECONFIG to another`);
  }
  if (context) config.setCurrentContext(context); // Of this object only; nothing is written.
  if (!config.getCurrentCluster())
    throw new Refusal(`the kubeconfig has no context "${config.getCurrentContext()}" with a cluster`);
  return config;
}

/** What `read` takes from the kubeconfig: certificates and credentials, of a plugin where it names one. @throws Refusal */
export async function withCredentials<T>(config: KubeConfig, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    const context = config.getCurrentContext();
    throw new Refusal(
      `no credentials from the kubeconfig for context ${context}; kubectl --context ${context} version shows why`,
    );
  }
}

/** The API server of the kubeconfig's current context, with its certificates and credentials. @throws Refusal */
export function apiServerOf(config: KubeConfig): Promise<Target> {
  return withCredentials(config, () => kubeconfigTarget(config));
}

/**
 * The API server of a kubeconfig at a context or its current one, the quick way where the kubeconfig allows it.
 * @param text A kubeconfig instead of that of KUBECONFIG, else ~/.kube/config
 * @throws Refusal
 */
export async function apiServerAt(context: string | undefined, text?: string): Promise<Target> {
  return staticTarget(context, text) ?? apiServerOf(await loadKubeConfig(context, text));
}

/** One answer of the API server; the client library's own request has no time limit. */
export async function getOnce(target: Target, path: string): Promise<Answer> {
  const client = new HttpClient(target, { timeoutMs: REQUEST_MS });
  try {
    return await client.request({ method: "GET", path });
  } finally {
    await client.close();
  }
}

/**
 * The answer to a GET. The API server answers 429 while it sets up a kind that is new, or of which a version goes
 * (apiextensions-apiserver, "storage is (re)initializing"), and to more requests than it takes: then it is asked again when it
 * says so.
 * @param busyMs After which its 429 is the answer.
 */
export async function getWhenFree(client: HttpClient, path: string, busyMs = BUSY_MS): Promise<Answer> {
  const until = Date.now() + busyMs;
  for (;;) {
    const answer = await client.request({ method: "GET", path });
    if (answer.status !== 429) return answer;
    const { "retry-after": seconds } = answer.headers;
    const waitMs = seconds === undefined ? AGAIN_MS : Math.max(Number(seconds) * 1_000, SOONEST_MS);
    // So too where it names a day in the place of seconds.
    if (!(Date.now() + waitMs < until)) return answer;
    await sleep(waitMs);
  }
}

/**
 * Looks at the API server at {@link apiServerAt} over one connection, which ends with the look; see {@link getWhenFree}.
 * @throws Refusal, and whatever `look` and a request throw
 */
export async function lookAtApiServer<T>(
  context: string | undefined,
  kubeconfig: string | undefined,
  look: (get: (path: string) => Promise<Answer>) => Promise<T>,
): Promise<T> {
  const client = new HttpClient(await apiServerAt(context, kubeconfig), { timeoutMs: REQUEST_MS });
  try {
    return await look((path) => getWhenFree(client, path));
  } finally {
    await client.close();
  }
}
