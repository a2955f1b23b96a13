import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { plan } from "../../../components/core/plan/plan";
import { COMPARE, differencesOf } from "../../../tools/cli/drift";
import type { Difference } from "../../../tools/cli/drift-report";
import { embeddedSettingsOf } from "../../../tools/cli/stack-file";
import { watchedOf, watchUpdate } from "../../../tools/cli/watch/watch";
import type { KubeApi } from "../../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../../tools/dev/cluster/embedded-cluster";
import { type ExportedState, LocalStack, type Operation } from "../../../tools/dev/engine/local-stack";
import { EXTERNAL_OUTPUT } from "../../../tools/dev/engine/stack-config";
import { type RealNode, startRealNode } from "../../../tools/dev/node/real-node";
import { connect } from "./objects";

const ROOT = path.join(__dirname, "..", "..", "..");

export interface DeploymentOptions {
  /** Name of the cluster and of the engine; one per test file. */
  name: string;
  /** The checkout whose program runs. */
  directory?: string;
  /**
   * Leave the dev stack's Elasticsearch as it is. Otherwise it is one that exists: ECK's definitions are 0.8 MB, which
   * is seconds of every update.
   */
  asConfigured?: boolean;
  /** Lets a real node join. */
  realNode?: boolean;
  /** The program makes what is inside Elasticsearch too: only with a real node is there one. */
  objects?: boolean;
  /** Workloads that stay on the real node where their image is to be had nowhere, instead of being simulated. */
  neverSimulated?: readonly string[];
  say?: (line: string) => void;
  /** Further environment of the engine. */
  env?: NodeJS.ProcessEnv;
  /** Further arguments of kube-apiserver. */
  apiServer?: readonly string[];
}

/**
 * A stack of the real program on a cluster of its own: real engine, real provider, real API server. The
 * config starts as the dev stack's and is changed by `configure`.
 */
export class Deployment {
  readonly api: KubeApi;
  private readonly configFile: string;
  private readonly stack: LocalStack;

  private constructor(
    readonly cluster: Cluster,
    private readonly folder: string,
    options: DeploymentOptions,
    readonly node: RealNode | undefined,
  ) {
    this.api = connect(cluster.kubeconfigPath);
    const directory = options.directory ?? ROOT;
    this.configFile = path.join(folder, "Pulumi.dev.yaml");
    fs.copyFileSync(path.join(directory, "Pulumi.dev.yaml"), this.configFile);
    this.stack = new LocalStack({
      kubeconfigPath: cluster.kubeconfigPath,
      directory,
      configFile: this.configFile,
      engine: options.name,
      elastic: options.objects ?? false,
      neverSimulated: options.neverSimulated,
      env: options.env,
      say: options.say,
    });
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-"));
    const { name, apiServer } = options;
    const cluster = await startCluster({ name, apiServer, ephemeral: true });
    const node = options.realNode ? await startRealNode(cluster, { say: options.say }) : undefined;
    const deployment = new Deployment(cluster, folder, options, node);
    if (!options.asConfigured) deployment.configure({ output: EXTERNAL_OUTPUT });
    return deployment;
  }

  /** Sets keys of the stack config, each given without the project's prefix. */
  configure(values: Record<string, unknown>): void {
    const document = parse(fs.readFileSync(this.configFile, "utf8"));
    for (const [key, value] of Object.entries(values)) document.config[`security-stack:${key}`] = value;
    fs.writeFileSync(this.configFile, stringify(document));
  }

  /** Writes the stack config as it is now to another file. */
  copyConfigTo(file: string): void {
    fs.copyFileSync(this.configFile, file);
  }

  /** Runs an operation and returns its output; fails on another exit code than 0. */
  async run(operation: Operation, args: readonly string[] = []): Promise<string> {
    const result = await this.attempt(operation, args);
    assert.equal(result.code, 0, result.output);
    return result.output;
  }

  /**
   * Runs an update as `npm run up` does, with what is in its way in the cluster.
   * @param secondMs how long a second of its patience is
   */
  async watchedUp(
    secondMs?: number,
  ): Promise<{ code: number; output: string; told: string; seconds: number }> {
    const began = Date.now();
    const told: string[] = [];
    const watched = {
      api: this.api,
      say: (line: string) => void told.push(line),
      secondMs,
      ...watchedOf(plan(embeddedSettingsOf(this.configFile))),
    };
    const result = await watchUpdate(watched, (signal) =>
      this.stack.run("up", ["--yes", "--skip-preview"], true, signal),
    );
    const output = `${result.stdout}\n${result.stderr}`;
    return { code: result.code, output, told: told.join("\n"), seconds: (Date.now() - began) / 1000 };
  }

  /** What `npm run drift` finds. */
  async drift(): Promise<Difference[]> {
    return differencesOf(await this.stack.run("refresh", COMPARE, true));
  }

  /** Starts an update and interrupts it once the condition holds: it has to be half finished then. */
  async cutShort(condition: Promise<unknown>): Promise<void> {
    const end = new AbortController();
    const update = this.stack.run("up", ["--yes", "--skip-preview"], true, end.signal);
    await Promise.race([condition, update]);
    end.abort();
    const { code, stdout, stderr } = await update;
    assert.notEqual(code, 0, `finished: ${stdout}${stderr}`);
  }

  /** Runs an operation that may fail. */
  async attempt(
    operation: Operation,
    args: readonly string[] = [],
  ): Promise<{ code: number; output: string }> {
    const unasked = operation === "preview" ? [] : ["--yes", "--skip-preview"];
    const result = await this.stack.run(operation, [...unasked, ...args], true);
    return { code: result.code, output: `${result.stdout}\n${result.stderr}` };
  }

  /** See `LocalStack.importState`. */
  importState(exported: ExportedState): Promise<void> {
    return this.stack.importState(exported);
  }

  outputs(): Promise<Record<string, unknown>> {
    return this.stack.outputs();
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.cluster.stop();
    fs.rmSync(this.stack.home.folder, { recursive: true, force: true });
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
