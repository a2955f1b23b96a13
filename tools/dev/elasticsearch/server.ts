import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { correlatorKey, gatewayKey, readerKey, reporterKey } from "../../../components/documents/api-keys";
import { basic } from "../../../components/node-program/http-client";
import { issueCertificates } from "../../../components/pipeline/certificates";
import { freePorts } from "../cluster/ports";
import { findJavaHome } from "../toolchain/java";
import { type Account, accountFor, readableCopy } from "./account";
import { ElasticsearchClient } from "./client";
import { ensureDistribution } from "./distribution";
import { INDICES } from "./indices";
import { configFiles } from "./server-config";

export interface ElasticsearchOptions {
  /** For one that is not to be measured: half of the CPU of a start, and slower under full load. */
  quickStart?: boolean;
}

const START_TIMEOUT_MS = 120_000;

/** Java's first compiler only: the second takes half of the CPU of a start, and pays off in minutes. */
const QUICK = ["-XX:TieredStopAtLevel=1"];

/**
 * A real Elasticsearch of one node for tests, the demo and the benchmarks: TLS and security on, its own
 * certificate, a free port, all of its files in one temporary folder. Ended by {@link stop} or with this process.
 */
export class ElasticsearchServer {
  /** Encoded API keys with the rights that the stack gives the gateway, the reporter, the correlator and who only reads. */
  gatewayKey = "";
  reporterKey = "";
  correlatorKey = "";
  readerKey = "";

  private pid: number | undefined;
  /** The program that starts the server, while it does. */
  private launcher: ChildProcess | undefined;
  private readonly onExit = () => {
    this.launcher?.kill("SIGKILL");
    this.signal("SIGKILL");
    this.removeFiles();
  };

  private constructor(
    private readonly home: string,
    private readonly folder: string,
    private readonly account: Account,
    private readonly javaHome: string,
    /** Speaks as the superuser. */
    readonly client: ElasticsearchClient,
    readonly url: string,
    readonly superuser: { user: string; password: string },
    /** Certificate that signed the server's, and the file that has it. */
    readonly caCertificate: string,
    readonly caFile: string,
  ) {}

  static async start(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer> {
    const javaHome = await findJavaHome();
    const [distribution, [port, transportPort]] = await Promise.all([
      ensureDistribution(javaHome),
      freePorts(2),
    ]);
    const account = accountFor(process);
    const folder = mkdtempSync(join(tmpdir(), "security-stack-es-"));
    chmodSync(folder, 0o755);
    if (account.uid !== undefined) chownSync(folder, account.uid, account.gid!);
    const home = readableCopy(distribution, join(folder, "home"), account);
    const superuser = { user: "elastic", password: randomBytes(12).toString("hex") };
    const certificates = await issueCertificates({
      serverNames: ["localhost"],
      validityDays: 2,
    });
    const files = configFiles({
      home,
      folder,
      port: port!,
      transportPort: transportPort!,
      javaOptions: options.quickStart ? QUICK : [],
      certificates,
    });
    for (const [file, content] of Object.entries(files)) writeOwned(file, content, account);
    const url = `https://localhost:${port}`;
    const server = new ElasticsearchServer(
      home,
      folder,
      account,
      javaHome,
      new ElasticsearchClient(url, certificates.caCertificate, basic(superuser.user, superuser.password)),
      url,
      superuser,
      certificates.caCertificate,
      join(folder, "config", "ca.crt"),
    );
    await server.setPassword(superuser.password);
    await server.launch();
    await server.makeKeys();
    return server;
  }

  /** Starts it again after {@link kill}, with the data and the address that it had. */
  async launch(): Promise<void> {
    const pidFile = join(this.folder, "pid");
    rmSync(pidFile, { force: true });
    process.removeListener("exit", this.onExit).once("exit", this.onExit);
    await this.run(join(this.home, "bin", "elasticsearch"), ["-d", "-p", pidFile]);
    this.pid = Number(readFileSync(pidFile, "utf8"));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.isReady())) {
      if (Date.now() > deadline || !this.isRunning())
        throw new Error(`Elasticsearch did not start:\n${this.log()}`);
      await sleep(100);
    }
  }

  /** Ends it at once, as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    while (this.isRunning()) await sleep(20);
    this.pid = undefined;
  }

  /** Stops or continues its work without ending it: a server that accepts connections and does not answer. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    if (this.pid === undefined) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has ended already.
    }
  }

  /** Ends it and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    process.removeListener("exit", this.onExit);
    this.removeFiles();
  }

  /** Process id of the server, for what a benchmark reads in /proc. */
  get processId(): number | undefined {
    return this.pid;
  }

  /** The last lines of its log. */
  log(): string {
    const file = join(this.folder, "logs", "security-stack.log");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-40).join("\n") : "(no log)";
  }

  // A process that was just killed may still be writing its last file.
  private removeFiles(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private isRunning(): boolean {
    if (this.pid === undefined) return false;
    try {
      process.kill(this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  private async isReady(): Promise<boolean> {
    try {
      const { body } = await this.client.request("GET", "/_cluster/health");
      return body["status"] === "green" || body["status"] === "yellow";
    } catch {
      return false;
    }
  }

  private async setPassword(password: string): Promise<void> {
    await this.run(
      join(this.home, "bin", "elasticsearch-keystore"),
      ["add", "-x", "-f", "bootstrap.password"],
      password,
    );
  }

  private async makeKeys(): Promise<void> {
    this.gatewayKey = await this.client.createApiKey("gateway", gatewayKey(INDICES));
    this.reporterKey = await this.client.createApiKey("reporter", reporterKey(INDICES));
    this.correlatorKey = await this.client.createApiKey("correlator", correlatorKey(INDICES));
    this.readerKey = await this.client.createApiKey("reader", readerKey(INDICES));
  }

  private run(program: string, args: string[], input = ""): Promise<void> {
    return new Promise((resolve, reject) => {
      const output: string[] = [];
      const child = spawn(program, args, {
        ...this.account,
        cwd: this.folder,
        env: {
          PATH: process.env["PATH"],
          // Of the launchers, which are Java programs too, of a second.
          CLI_JAVA_OPTS: QUICK.join(" "),
          ES_JAVA_HOME: this.javaHome,
          ES_PATH_CONF: join(this.folder, "config"),
          ES_TMPDIR: join(this.folder, "tmp"),
        },
      });
      this.launcher = child;
      const keep = (data: Buffer) => output.push(data.toString());
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      child.on("error", reject);
      // Not "close": the daemon inherits the pipes.
      child.on("exit", (code) =>
        code === 0
          ? resolve()
          : reject(new Error(`${program} ended with ${code}:\n${cause(output.join(""))}`)),
      );
      child.stdin.end(input);
    });
  }
}

/** What a launcher printed from its first error on: before it stands a line for each module. */
function cause(output: string): string {
  const lines = output.trimEnd().split("\n");
  const first = lines.findIndex((line) => /\bERROR\b|Exception/.test(line));
  return lines.slice(first < 0 ? -40 : first).join("\n");
}

function writeOwned(file: string, content: string | undefined, account: Account): void {
  if (content === undefined) mkdirSync(file, { recursive: true });
  else appendFileSync(file, content, { mode: 0o600 });
  if (account.uid !== undefined) chownSync(file, account.uid, account.gid!);
}
