import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RECEIVER_SOURCE } from "../../../components/k8s-audit/webhook/receiver-workload";
import { issue } from "../../../components/k8s-audit/webhook/webhook-certificates";
import { CERTIFICATES, EVENTS_PATH, FILE_PREFIX } from "../../../components/k8s-audit/webhook/webhook-names";
import { nodeProgram } from "../../../components/node-program/bundle";
import type { Target } from "../../../components/node-program/http-client";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { waitUntil } from "../../../tools/dev/cluster/wait";

/** The receiver's program as its pod runs it, in a process of its own. */
export class ReceiverProcess {
  private child: ChildProcess | undefined;

  private constructor(
    /** Where it writes. */
    readonly events: string,
    private readonly program: string,
    private readonly env: Record<string, string>,
    /** For an API server's `--audit-webhook-config-file`. */
    readonly kubeconfig: string,
    /** With the API server's certificate. */
    readonly target: Target,
  ) {}

  static async create(folder: string, settings: Record<string, string> = {}): Promise<ReceiverProcess> {
    const [port, healthPort] = await freePorts(2);
    const files = await issue(`https://127.0.0.1:${port}${EVENTS_PATH}`);
    const events = join(folder, "events");
    mkdirSync(events, { recursive: true });
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), content, { mode: 0o600 });
    const program = join(folder, "audit-receiver.js");
    writeFileSync(program, nodeProgram(RECEIVER_SOURCE));
    const { users } = JSON.parse(files[CERTIFICATES.kubeconfig]!);
    const decoded = (key: string) => Buffer.from(users[0].user[key], "base64");
    return new ReceiverProcess(
      events,
      program,
      {
        PORT: String(port),
        HEALTH_PORT: String(healthPort),
        SERVER_CERTIFICATE_FILE: join(folder, CERTIFICATES.serverCertificate),
        SERVER_KEY_FILE: join(folder, CERTIFICATES.serverKey),
        CLIENT_CA_FILE: join(folder, CERTIFICATES.ca),
        EVENTS_FOLDER: events,
        FILE_MEGABYTES: "100",
        MAX_MEGABYTES: "1000",
        ...settings,
      },
      join(folder, CERTIFICATES.kubeconfig),
      {
        url: `https://127.0.0.1:${port}`,
        ca: files[CERTIFICATES.ca]!,
        cert: decoded("client-certificate-data"),
        key: decoded("client-key-data"),
      },
    );
  }

  get port(): number {
    return Number(this.env["PORT"]);
  }

  get healthUrl(): string {
    return `http://127.0.0.1:${this.env["HEALTH_PORT"]}`;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.program], {
      env: this.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.child = child;
    let output = "";
    child.stdout!.on("data", (piece) => {
      output += piece;
    });
    await waitUntil("the receiver", async () => output.includes("takes events"));
  }

  /** @returns when the process has ended */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** All lines that it wrote, complete or not. */
  lines(): string[] {
    return readdirSync(this.events)
      .filter((name) => name.startsWith(FILE_PREFIX))
      .flatMap((name) => readFileSync(join(this.events, name), "utf8").split("\n"))
      .filter((line) => line !== "");
  }
}
