import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Answer, HttpClient } from "../../../components/node-program/http-client";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { writeKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { base64Of, ensurePki, issueIdentity } from "../../../tools/dev/cluster/pki";

/** What a program outside of the cluster needs to stand in for a simulated pod. */
export interface Credentials {
  /** Of its own, for what it writes. */
  folder: string;
  /** Lets it in as its pods' account, and so with the rights that the stack gives that. */
  kubeconfig: string;
  /** Folder with tls.crt and tls.key of the address 127.0.0.1. */
  certificates: string;
  /** Of the authority that signed them. */
  caFile: string;
}

/** Credentials of an account, in a folder of the cluster's. */
export async function credentialsOf(
  cluster: Cluster,
  { name, namespace, account }: { name: string; namespace: string; account: string },
): Promise<Credentials> {
  const folder = path.join(cluster.folder, name);
  // Nothing of one that ran before.
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pki = await ensurePki(path.join(cluster.folder, "pki"));
  const user = await issueIdentity(
    folder,
    "account",
    { commonName: `system:serviceaccount:${namespace}:${account}` },
    pki.ca,
  );
  const kubeconfig = path.join(folder, "kubeconfig");
  writeKubeconfig(kubeconfig, name, cluster.server, pki.ca, user);
  const certificates = path.join(folder, "certs");
  fs.mkdirSync(certificates, { mode: 0o700 });
  await issueIdentity(certificates, "tls", { commonName: "webhook", names: ["127.0.0.1"] }, pki.ca);
  return { folder, kubeconfig, certificates, caFile: pki.ca.certificate };
}

/** A program beside the cluster, with its log in a file. */
export class ProgramOfAccount {
  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {}

  static start(
    program: string,
    args: readonly string[],
    { folder, env }: { folder: string; env: Readonly<Record<string, string>> },
  ): ProgramOfAccount {
    const logFile = path.join(folder, "log");
    const log = fs.openSync(logFile, "a");
    const child = spawn(program, args, {
      stdio: ["ignore", log, log],
      env: { HOME: folder, ...env },
      cwd: folder,
    });
    fs.closeSync(log);
    return new ProgramOfAccount(child, logFile);
  }

  /** Rejects when it ends before it is stopped, with its last words. */
  async ended(): Promise<never> {
    await once(this.child, "exit");
    throw new Error(`${this.child.spawnfile} ended:\n${this.log().slice(-4000)}`);
  }

  /** What it said so far, for a failure's message. */
  log(): string {
    return fs.readFileSync(this.logFile, "utf8");
  }

  /** What it was not let do, each once. */
  forbidden(): string[] {
    const lines =
      this.log().match(/[^\n]*(is forbidden|cannot (list|get|watch|update|patch|create))[^\n]*/g) ?? [];
    return [...new Set(lines.map((line) => line.slice(0, 400)))];
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}

interface WebhookConfiguration {
  webhooks: {
    clientConfig: { service?: { path?: string }; url?: string; caBundle?: string };
    failurePolicy?: string;
  }[];
}

/** Where the API server is to find it. */
export interface Here {
  port: number;
  caFile: string;
  /** Instead of the webhooks' own, such as "Ignore" for one that is still starting. */
  failurePolicy?: "Ignore" | "Fail";
}

/** Has the API server call a program at an address of this machine, since nothing carries traffic to Services here. */
export async function callHere(
  api: KubeApi,
  configuration: string,
  { port, caFile, failurePolicy }: Here,
): Promise<void> {
  const found = await api.get<WebhookConfiguration>(configuration);
  const caBundle = base64Of(caFile);
  const webhooks = found.webhooks.map((webhook) => {
    const { service, url: before } = webhook.clientConfig;
    const url = before ?? `https://127.0.0.1:${port}${service?.path ?? ""}`;
    return {
      ...webhook,
      clientConfig: { url, caBundle },
      ...(failurePolicy ? { failurePolicy } : {}),
    };
  });
  await api.replace(configuration, { ...found, webhooks });
}

/** An answer of a program beside the cluster, by plain HTTP. */
export async function askHere(port: number, at: string): Promise<Answer> {
  const client = new HttpClient({ url: `http://127.0.0.1:${port}` }, { timeoutMs: 5_000 });
  try {
    return await client.request({ method: "GET", path: at });
  } finally {
    await client.close();
  }
}

/** What it tells Prometheus. */
export async function metricsAt(port: number): Promise<string> {
  return (await askHere(port, "/metrics")).body;
}
