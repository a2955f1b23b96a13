import * as http from "node:http";
import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { ClientOptions } from "ws";

/** For one request; more than that and the API server is taken to be away. */
export const REQUEST_MS = 10_000;

/** Why a connection failed, in our own words: those of libraries may quote the kubeconfig, or a plugin's token. */
export class Refusal extends Error {}

/** The same of any error: of those that are not ours only a code is told. */
export function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { code, name } = error as NodeJS.ErrnoException;
  if (code === "ABORT_ERR") return `the API server did not answer in ${REQUEST_MS / 1000} s`;
  return `the API server can't be reached (${code ?? name})`;
}

/** The kubeconfig of KUBECONFIG, else ~/.kube/config, at a context or its current one. @throws Refusal */
export async function loadKubeConfig(context: string | undefined): Promise<KubeConfig> {
  // Over a second and some 70 MB, which a run that needs no connection does without.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    const { code = "not valid" } = error as NodeJS.ErrnoException;
    throw new Refusal(`the kubeconfig can't be read (${code}); set KUBECONFIG to another`);
  }
  if (context) config.setCurrentContext(context); // Of this object only; nothing is written.
  if (!config.getCurrentCluster())
    throw new Refusal(`the kubeconfig has no context "${config.getCurrentContext()}" with a cluster`);
  return config;
}

export function serverOf(config: KubeConfig): string {
  return config.getCurrentCluster()?.server.replace(/\/$/, "") ?? "";
}

/** Adds certificates, agent and credentials, of a plugin where the kubeconfig names one. @throws Refusal */
export async function authenticate(
  config: KubeConfig,
  options: https.RequestOptions | ClientOptions,
): Promise<void> {
  try {
    await config.applyToHTTPSOptions(options);
  } catch {
    const context = config.getCurrentContext();
    throw new Refusal(
      `no credentials from the kubeconfig for context ${context}; kubectl --context ${context} version shows why`,
    );
  }
}

/** The client library's own request holds the program up, and has no time limit. */
export function get(
  url: string,
  options: https.RequestOptions,
  holdUp = false,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { get } = url.startsWith("https:") ? https : http;
    const signal = AbortSignal.timeout(REQUEST_MS);
    const request = get(url, { ...options, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    if (!holdUp) request.on("socket", (socket) => socket.unref());
    request.on("error", reject);
  });
}
