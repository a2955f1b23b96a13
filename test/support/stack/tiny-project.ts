import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeApi } from "../../../tools/dev/cluster/api";
import { type Cluster, startCluster, stopCluster } from "../../../tools/dev/cluster/embedded-cluster";
import { checkout, checkoutFolder } from "../../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { processesOf, signalProcesses } from "../../../tools/dev/cluster/processes";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { enginePrograms } from "../../../tools/dev/engine/home";
import { endEngines, LocalStack, type Operation } from "../../../tools/dev/engine/local-stack";
import { TYPESCRIPT } from "../../../tools/dev/typescript";

export const DAEMON_SET = "/apis/apps/v1/namespaces/tiny/daemonsets/agent";
export const GREETING = "/api/v1/namespaces/tiny/configmaps/greeting";
const UNASKED = ["--yes", "--skip-preview"];

const PROGRAM = `
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
if (config.get("broken")) throw new pulumi.RunError("broken as asked");
const provider = new k8s.Provider("kubernetes", { enableConfigMapMutable: true });
const namespace = new k8s.core.v1.Namespace("tiny", { metadata: { name: "tiny" } }, { provider });
const inNamespace = { provider, dependsOn: [namespace] };
const greeting = config.get("greeting");
if (greeting) new k8s.core.v1.ConfigMap("greeting", { metadata: { name: "greeting", namespace: "tiny" }, data: { greeting } }, inNamespace);
const agent = new k8s.apps.v1.DaemonSet("agent", {
  metadata: { name: "agent", namespace: "tiny" },
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "main", image: "registry.invalid/none:1.0" }] } },
  },
}, inNamespace);
exports.greeting = greeting;
exports.ready = agent.status.apply((status) => status.numberReady + "/" + status.desiredNumberScheduled);
`;

/** A small Pulumi project in a folder of its own (for the tools, another checkout), with a cluster and an engine. */
export class TinyProject {
  private constructor(
    readonly folder: string,
    readonly cluster: Cluster,
    readonly stack: LocalStack,
    public api: KubeApi,
  ) {}

  /** @param env further environment of the program */
  static async start(env: NodeJS.ProcessEnv = {}): Promise<TinyProject> {
    const folder = makeProject();
    const cluster = await startCluster({ directory: folder });
    const stack = new LocalStack({ directory: folder, kubeconfigPath: cluster.kubeconfigPath, env });
    return new TinyProject(folder, cluster, stack, connect(cluster));
  }

  /** Ends all of it and removes every file. */
  async remove(): Promise<void> {
    this.api.close();
    await endEngines(this.folder);
    await stopCluster("dev", { directory: this.folder, purge: true });
    rmSync(checkoutFolder(this.folder), { recursive: true, force: true });
    rmSync(this.folder, { recursive: true });
  }

  /** Another cluster in the place of this one. */
  async beginAnew(): Promise<void> {
    await stopCluster("dev", { directory: this.folder, purge: true });
    await startCluster({ directory: this.folder });
    this.api.close();
    this.api = connect(this.cluster);
  }

  /** An operation that may fail, and what it says. */
  async run(operation: Operation, args: readonly string[] = operation === "preview" ? [] : UNASKED) {
    const result = await this.stack.run(operation, args, true);
    return { ...result, output: result.stdout + result.stderr };
  }

  /** An operation that must succeed; resolves with what it says. */
  async succeed(operation: Operation, further: readonly string[] = []): Promise<string> {
    const result = await this.run(operation, [...(operation === "preview" ? [] : UNASKED), ...further]);
    assert.equal(result.code, 0, result.output);
    return result.output;
  }

  async numberReady(): Promise<number> {
    return (await this.api.get<{ status: { numberReady: number } }>(DAEMON_SET)).status.numberReady;
  }

  editConfig(from: string, to: string): void {
    const file = join(this.folder, "Pulumi.dev.yaml");
    const text = readFileSync(file, "utf8");
    assert.ok(text.includes(from));
    writeFileSync(file, text.replace(from, to));
  }

  /** The engine's processes. */
  engine() {
    return processesOf(this.stack.home.folder, enginePrograms);
  }

  /**
   * An `up` from nothing that waits for its DaemonSet, and can be killed without taking the tests along: pods do not get
   * ready while kwok stands still.
   */
  async upThatWaits(): Promise<ChildProcess> {
    await this.succeed("destroy");
    this.signalKwok("SIGSTOP");
    const starter = startUp(this.folder, this.cluster.kubeconfigPath);
    for (const path of [DAEMON_SET, GREETING])
      await waitUntil(`${path} to be made`, async () => Boolean(await this.api.get(path)));
    return starter;
  }

  /** Kills a command and its engine. */
  async killAll(starter: ChildProcess): Promise<void> {
    starter.kill("SIGKILL");
    signalProcesses(this.engine(), "SIGKILL");
    await ended(starter);
  }

  /** An `up` after one that was cut off: it may not wait for what that one waited for. */
  async upAgain(): Promise<void> {
    this.signalKwok("SIGCONT");
    const began = Date.now();
    await this.succeed("up");
    assert.ok(Date.now() - began < 120_000, "it waited for what was cut off");
  }

  /** What must hold after an update was cut off and another one followed. */
  async assertMended(): Promise<void> {
    assert.equal(await this.numberReady(), 2);
    await this.succeed("preview", ["--expect-no-changes"]);
    assert.deepEqual(this.engine(), []);
  }

  private signalKwok(name: NodeJS.Signals): void {
    const kwok = processesOf(this.cluster.folder, ["kwok"]);
    assert.equal(kwok.length, 1);
    signalProcesses(kwok, name);
  }
}

/** Its exit code. */
export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done) => child.on("exit", done));
}

function connect({ kubeconfigPath }: Cluster): KubeApi {
  return new KubeApi(targetOfKubeconfig(kubeconfigPath));
}

function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  writeFileSync(join(folder, "package.json"), '{ "name": "tiny", "version": "1.0.0" }');
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: tiny\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n",
  );
  const config =
    "config:\n  pulumi:disable-default-providers: [kubernetes]\n  tiny:greeting: hello # kept as it is\n";
  writeFileSync(join(folder, "Pulumi.dev.yaml"), config);
  writeFileSync(join(folder, "index.js"), PROGRAM);
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function startUp(directory: string, kubeconfigPath: string): ChildProcess {
  const options = JSON.stringify({ directory, kubeconfigPath });
  const script = `
    const { LocalStack } = require("./tools/dev/engine/local-stack");
    new LocalStack(${options}).run("up", ${JSON.stringify(UNASKED)}, true).then((result) => process.exit(result.interrupted ? 130 : result.code));
  `;
  return spawn(process.execPath, ["--require", TYPESCRIPT, "-e", script], { cwd: checkout, stdio: "ignore" });
}
