import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpClient } from "../../../components/node-program/http-client";
import type { CollectorConfig } from "../../../components/pipeline/collector-config";
import type { Command, SmallDisk } from "./small-disk";

export interface CollectorOptions {
  name: string;
  /** The program. */
  program: string;
  /** Folder for its configuration and its log. */
  folder: string;
  config: CollectorConfig;
  ports: { health: number; metrics: number };
  featureGates?: string[];
  env?: Record<string, string>;
  /** What it takes for its pod's address; 127.0.0.1 by default. */
  address?: string;
  /** The disk that it is to see, where its files are on one. */
  disk?: SmallDisk;
}

const START_TIMEOUT_MS = 60_000;
const LOOPBACK = "127.0.0.1";

/** A collector as a process of this machine. */
export class Collector {
  private child: ChildProcess | undefined;
  private readonly configFile: string;
  private readonly logFile: string;
  private readonly onExit = () => this.child?.kill("SIGKILL");

  constructor(private readonly options: CollectorOptions) {
    mkdirSync(options.folder, { recursive: true });
    this.configFile = join(options.folder, `${options.name}.json`);
    this.logFile = join(options.folder, `${options.name}.log`);
    this.writeConfig(options.config);
  }

  /** Takes effect at the next start. */
  writeConfig(config: CollectorConfig): void {
    // YAML is a superset of JSON.
    writeFileSync(this.configFile, JSON.stringify(config, null, 2));
  }

  /** Starts it and waits until it is healthy. */
  async start(): Promise<void> {
    const [program, ...args] = this.command();
    const child = spawn(program, args, {
      env: {
        PATH: process.env["PATH"],
        POD_IP: this.options.address ?? LOOPBACK,
        KUBE_NODE_NAME: "node-1",
        ...this.options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = createWriteStream(this.logFile, { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once("close", () => log.end());
    process.once("exit", this.onExit);
    this.child = child;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.isHealthy())) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`${this.options.name} did not start:\n${this.log().slice(-4000)}`);
      await sleep(50);
    }
  }

  /** SIGKILL, as a crash; SIGTERM, as a pod's end. Resolves when it is gone. */
  async end(signal: "SIGTERM" | "SIGKILL", timeoutMs = 60_000): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    await gone;
    clearTimeout(timer);
    process.removeListener("exit", this.onExit);
    this.child = undefined;
  }

  /** The configuration that it was made with. */
  get config(): CollectorConfig {
    return this.options.config;
  }

  get processId(): number | undefined {
    return this.child?.pid;
  }

  /** Everything it has logged, over all starts. */
  log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  /** The sum of a metric over its label sets that hold all the given labels; 0 where it has none yet. */
  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const text = await this.metrics();
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
    return text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }

  /** All its metrics, as Prometheus reads them. */
  metrics(): Promise<string> {
    return fetchText(this.base(this.options.ports.metrics), "/metrics");
  }

  private base(port: number): string {
    const { address = LOOPBACK } = this.options;
    return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  }

  private command(): Command {
    const { program, featureGates = [], disk } = this.options;
    const gates = featureGates.length > 0 ? [`--feature-gates=${featureGates.join(",")}`] : [];
    const command: Command = [program, `--config=${this.configFile}`, ...gates];
    return disk ? disk.enter(command) : command;
  }

  private async isHealthy(): Promise<boolean> {
    try {
      await fetchText(this.base(this.options.ports.health), "/");
      return true;
    } catch {
      return false;
    }
  }
}

async function fetchText(url: string, path: string): Promise<string> {
  const client = new HttpClient({ url }, { timeoutMs: 10_000 });
  try {
    const { status, body } = await client.request({ method: "GET", path });
    if (status !== 200) throw new Error(`${path} of ${url}: ${status}`);
    return body;
  } finally {
    await client.close();
  }
}
