import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { ProxyAgent } from "undici";
import { basic, type Connect, type Target } from "./http-client";
import { Pool } from "./undici-core";

/**
 * The API server of a kubeconfig's current context with every way of authentication that it may name, plugins too. As
 * kubectl does, it goes through the context's proxy, and verifies no certificate where the context says so.
 * @throws where a plugin or a file gives no credentials; the error may quote them
 */
export async function kubeconfigTarget(config: KubeConfig): Promise<Target> {
  const cluster = config.getCurrentCluster();
  const options: RequestOptions & { servername?: string } = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized, auth } = options;
  const tls = defined({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized });
  return {
    url: cluster?.server ?? "",
    headers: { ...headersOf(options), ...(auth ? { authorization: basicOf(auth) } : {}) },
    connect: cluster?.proxyUrl ? await throughProxy(cluster.proxyUrl, tls) : directly(tls),
  };
}

function directly(tls: object): Connect {
  return (origin, options) => new Pool(origin, { ...options, connect: { ...options.connect, ...tls } });
}

/** @param uri http, https or socks5 */
async function throughProxy(uri: string, tls: object): Promise<Connect> {
  // Loaded here: few are behind one.
  const { ProxyAgent: Agent }: { ProxyAgent: typeof ProxyAgent } = await import("undici");
  return (_origin, options) => new Agent({ ...options, uri, requestTls: { ...options.connect, ...tls } });
}

function headersOf({ headers = {} }: RequestOptions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function basicOf(auth: string): string {
  const colon = auth.indexOf(":");
  return basic(auth.slice(0, colon), auth.slice(colon + 1));
}

function defined(options: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  );
}
