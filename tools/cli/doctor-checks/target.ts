import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { maskCredentials } from "../../../components/core/config/secrets";
import type { Target as HttpTarget } from "../../../components/node-program/http-client";
import { kubeconfigTarget } from "../../../components/node-program/kubeconfig-target";
import { KubeApi } from "../../dev/cluster/api";
import { clusterStatus } from "../../dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../../dev/cluster/kubeconfig";
import { type Check, fail, warn } from "./finding";

/** The cluster to look at. Only read: the user's kubeconfig and its current context stay as they are. */
export interface Target {
  api: KubeApi;
  /** How the same API server is reached for what is no JSON. */
  http: HttpTarget;
  /** As a person would name it. */
  name: string;
  server: string;
}

/**
 * With `--context` that context of the user's kubeconfig; else the embedded cluster when it runs; else the user's current
 * context. A check instead when there is none.
 */
export async function findTarget(context: string | undefined): Promise<Target | Check> {
  if (context === undefined) {
    const status = await clusterStatus();
    if (status.state === "running" && status.server) {
      const http = targetOfKubeconfig(status.kubeconfigPath);
      return { api: new KubeApi(http, 10_000), http, name: "the embedded cluster", server: status.server };
    }
    if (!hasKubeconfig()) {
      return warn(
        "cluster",
        "There is none to look at.",
        "`npm start` brings up an embedded one; --context NAME looks at one of yours.",
      );
    }
  }
  return userTarget(context);
}

/** A context of the user's kubeconfig, the current one by default; a check when there is none. */
export async function userTarget(wanted: string | undefined): Promise<Target | Check> {
  // Else the client's own words, which name a file or an address that nobody gave.
  if (!hasKubeconfig() && process.env.KUBERNETES_SERVICE_HOST === undefined)
    return fail(
      "cluster",
      "There is no kubeconfig, so no cluster to reach.",
      "Set KUBECONFIG to one, or log in to a cluster.",
    );
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    return fail(
      "cluster",
      `The kubeconfig cannot be read: ${(error as Error).message}.`,
      "Correct it, or set KUBECONFIG to another.",
    );
  }
  const names = config.getContexts().map(({ name }) => name);
  const context = wanted ?? config.getCurrentContext();
  if (!names.includes(context)) {
    return fail("cluster", `The kubeconfig has no context "${context}".`, howToGet(context, names));
  }
  config.setCurrentContext(context); // Of this object only; nothing is written.
  const cluster = config.getCurrentCluster();
  if (!cluster) return fail("cluster", `Context "${context}" names no cluster.`, "Correct the kubeconfig.");
  let target: HttpTarget;
  try {
    target = await kubeconfigTarget(config);
  } catch (error) {
    return fail(
      "cluster",
      `Logging in to context "${context}" failed: ${(error as Error).message}.`,
      "Log in to it first, with what its kubeconfig entry calls.",
    );
  }
  try {
    return {
      api: new KubeApi(target, 15_000),
      http: target,
      name: `context ${context}`,
      server: maskCredentials(cluster.server),
    };
  } catch (error) {
    return fail("cluster", `Context "${context}": ${(error as Error).message}.`, "Correct the kubeconfig.");
  }
}

function howToGet(context: string, names: readonly string[]): string {
  const [, region, name] = /^arn:[\w-]+:eks:([\w-]+):\d+:cluster\/(.+)$/.exec(context) ?? [];
  if (name !== undefined)
    return `Once the cluster is made, \`aws eks update-kubeconfig --name ${name} --region ${region}\` writes it.`;
  return names.length > 0 ? `Use one of: ${names.join(", ")}.` : "Set KUBECONFIG to the file that has it.";
}

function hasKubeconfig(): boolean {
  const files = process.env.KUBECONFIG?.split(":") ?? [join(homedir(), ".kube", "config")];
  return files.some((file) => file !== "" && existsSync(file));
}
