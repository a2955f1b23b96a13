import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LINES_ADDRESS } from "../../../components/core/contract/line-reader";
import { plannedFragment } from "../../../components/documents/documents";
import { auditCollector } from "../../../components/k8s-audit/audit-collector";
import { READER_SOURCE } from "../../../components/k8s-audit/cloudwatch/reader-workload";
import { nodeProgram } from "../../../components/node-program/bundle";
import { lineReaderConfig } from "../../../components/pipeline/synthesize";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { Collector } from "../pipeline/collector-process";
import { localise } from "../pipeline/localise";
import type { PipelineRig } from "../pipeline/rig";

const NAMESPACES = { privileged: "security-system", restricted: "security-pipeline" };

/** `host.name` of what it reads. */
export const READER_HOST = "eks-control-plane";

/** The two containers of the reader's pod as processes, in front of a gateway of a rig. */
export class ReaderPod {
  private child: ChildProcess | undefined;
  private output = "";

  private constructor(
    /** The pod's volume. */
    readonly state: string,
    readonly collector: Collector,
    private readonly program: string,
    private readonly env: Record<string, string>,
  ) {}

  static async create(rig: PipelineRig, account: Record<string, string>): Promise<ReaderPod> {
    const { "otelcol-contrib": program } = await ensureTools(["otelcol-contrib"]);
    const folder = join(rig.folder, "audit-reader");
    const state = join(folder, "state");
    mkdirSync(state, { recursive: true });
    const [lines, health, metrics, programHealth, otlp] = (await freePorts(5)) as [
      ...[number, number, number, number, number],
    ];
    const file = join(folder, "audit-reader.js");
    writeFileSync(file, nodeProgram(READER_SOURCE));
    const planned = lineReaderConfig(plannedFragment(auditCollector, "/none"), {
      config: rig.config,
      namespaces: NAMESPACES,
    });
    const config = localise(planned, {
      ...{ folder, namespaces: NAMESPACES, metricsPort: rig.config.metrics.port },
      ports: { otlp, health, metrics },
    });
    config.receivers = JSON.parse(
      JSON.stringify(config.receivers).replace(LINES_ADDRESS, `127.0.0.1:${lines}`),
    );
    const { endpoint, tls } = rig.node.config.exporters["otlp_grpc"]!;
    Object.assign(config.exporters["otlp_grpc"]!, { endpoint, tls });
    const env = { KUBE_NODE_NAME: READER_HOST };
    return new ReaderPod(
      state,
      new Collector({ name: "reader", program, folder, config, ports: { health, metrics }, env }),
      file,
      {
        ...account,
        STREAM_PREFIX: "kube-apiserver-audit",
        COLLECTOR_URL: `http://127.0.0.1:${lines}`,
        STATE_FOLDER: state,
        HEALTH_PORT: String(programHealth),
        POLL_SECONDS: "1",
        LATE_MINUTES: "5",
      },
    );
  }

  async start(): Promise<void> {
    await this.collector.start();
    this.startProgram();
  }

  startProgram(): void {
    const child = spawn(process.execPath, [this.program], {
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (piece) => {
        this.output += piece;
      });
    this.child = child;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    await Promise.all([this.endProgram(signal), this.collector.end(signal)]);
  }

  /** @returns when the process has ended */
  async endProgram(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** All that the program has printed, over all starts. */
  log(): string {
    return this.output;
  }
}
