import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { STACK_FILE_VARIABLE } from "../../../components/core/config/load";
import { KubeApi } from "../cluster/api";
import { Fault } from "../cluster/fault";
import { checkout } from "../cluster/folders";
import { targetOfKubeconfig } from "../cluster/kubeconfig";
import { withLock } from "../cluster/lock";
import { withOperators } from "../cluster/operators";
import { endProcesses, processesOf } from "../cluster/processes";
import { hasRealNode } from "../node/end";
import { provideStackImages, wantedKeys } from "../node/stack-images";
import { withStoreKeys } from "../node/store-keys";
import { linkAwsProvider } from "./aws-provider";
import { chartsFolder } from "./charts";
import {
  type EngineHome,
  engineEnvironment,
  engineHome,
  engineNames,
  enginePrograms,
  prepareHome,
  projectName,
} from "./home";
import { beginningOf, noteOfUpdate, removeLeftBehind, STATE_AT_THE_END } from "./left-behind";
import { type RunResult, runPulumi } from "./pulumi";
import { configCopy, copyConfig, keepEncryption, keepSimulated, setCharts } from "./stack-config";
import { linkElasticProvider } from "./terraform";

export interface LocalStackOptions {
  /** The cluster it deploys to; none for a program that only renders. */
  kubeconfigPath?: string;
  /** The Pulumi project; this checkout by default. */
  directory?: string;
  stack?: string;
  /** The stack config to use; Pulumi.<stack>.yaml of the project by default. It is never written to. */
  configFile?: string;
  /** Engines of different names share no state. */
  engine?: string;
  /** The program uses @pulumi/elasticstack: the engine gets the Elastic provider, which may have to be built first. */
  elastic?: boolean;
  /** The program makes its cluster on AWS: the engine gets the AWS provider, which may have to be built first. */
  aws?: boolean;
  /** Workloads that a real node takes although their image is to be had nowhere: they fail as they would on any other. */
  neverSimulated?: readonly string[] | undefined;
  /** Further environment of the program. */
  env?: NodeJS.ProcessEnv;
  say?: (line: string) => void;
}

/** A resource in a stack's state. */
export interface StateResource {
  urn: string;
  type: string;
  /** False for components. */
  custom?: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  /** URNs of those that it was made after. */
  dependencies?: string[];
}

/** A stack's state as `pulumi stack export` gives it. */
export interface ExportedState {
  version: number;
  deployment: { resources?: StateResource[]; secrets_providers?: unknown };
}

export type Operation = "up" | "preview" | "destroy" | "refresh";

/**
 * A stack on a cluster of ours: the real Pulumi CLI and program, with state, plugins and keys in the cache. One operation
 * runs at a time; what a killed one left behind is put right before the next.
 */
export class LocalStack {
  readonly name: string;
  readonly home: EngineHome;
  private readonly directory: string;
  private readonly configFile: string;
  private readonly kubeconfigPath: string | undefined;
  private readonly elastic: boolean;
  private readonly aws: boolean;
  private readonly neverSimulated: readonly string[];
  private readonly environment: NodeJS.ProcessEnv;
  private readonly say: (line: string) => void;

  constructor(options: LocalStackOptions) {
    this.directory = options.directory ?? checkout;
    this.name = options.stack ?? "dev";
    this.home = engineHome(options.engine ?? "dev", this.directory);
    this.configFile = options.configFile ?? join(this.directory, `Pulumi.${this.name}.yaml`);
    this.kubeconfigPath = options.kubeconfigPath;
    this.elastic = options.elastic ?? false;
    this.aws = options.aws ?? false;
    this.neverSimulated = options.neverSimulated ?? [];
    this.environment = {
      ...engineEnvironment(this.home, options.kubeconfigPath),
      ...(this.mendsKilledRuns() ? STATE_AT_THE_END : {}),
      [STACK_FILE_VARIABLE]: configCopy(this.home, this.name),
      ...options.env,
    };
    this.say = options.say ?? (() => {});
  }

  /**
   * Runs an operation with its output on the terminal, or collected when `quiet`.
   * @param signal ends it in good order
   */
  run(
    operation: Operation,
    args: readonly string[] = [],
    quiet = false,
    signal?: AbortSignal,
  ): Promise<RunResult> {
    return withLock(this.home.lock, `pulumi ${operation}`, async () => {
      await this.prepare();
      if (operation === "preview") return this.pulumi([operation, ...this.target(), ...args], quiet);
      const cluster = await this.clusterId();
      const note = existsSync(this.home.note) ? readFileSync(this.home.note, "utf8") : undefined;
      if (note !== undefined && note !== cluster) await this.readAnew(beginningOf(note));
      writeFileSync(this.home.note, noteOfUpdate(new Date()));
      const update = () => this.pulumi([operation, ...this.target(), ...args], quiet, this.directory, signal);
      const result = await this.whileStandingIn(operation, update);
      if (result.code === 0) writeFileSync(this.home.note, cluster);
      return result;
    });
  }

  /**
   * Replaces the stack's state by one that was exported, as `pulumi stack import` does; secrets in it are in clear and
   * get encrypted with the key of this stack. It is taken to agree with the cluster.
   */
  importState(exported: ExportedState): Promise<void> {
    return withLock(this.home.lock, "pulumi stack import", async () => {
      await this.prepare();
      const { deployment } = await this.state();
      const own = { ...exported.deployment, secrets_providers: deployment.secrets_providers };
      const file = join(this.home.folder, "import.json");
      try {
        writeFileSync(file, JSON.stringify({ ...exported, deployment: own }), { mode: 0o600 });
        await this.ask(["stack", "import", "--stack", this.name, "--file", file]);
      } finally {
        rmSync(file, { force: true });
      }
      writeFileSync(this.home.note, await this.clusterId());
    });
  }

  /** The stack's outputs, secrets masked. */
  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.ask(["stack", "output", "--json", "--stack", this.name])).stdout);
  }

  /** The stack's state as `pulumi stack export` gives it, secrets encrypted unless asked for. */
  async state({ secretsInClear = false } = {}): Promise<ExportedState> {
    const flags = secretsInClear ? ["--show-secrets"] : [];
    return JSON.parse((await this.ask(["stack", "export", "--stack", this.name, ...flags])).stdout);
  }

  private target(): string[] {
    return ["--stack", this.name, "--config-file", configCopy(this.home, this.name)];
  }

  private async prepare(): Promise<void> {
    await prepareHome(this.home, this.directory);
    if (this.elastic) await linkElasticProvider(this.home);
    if (this.aws) await linkAwsProvider(this.home, this.directory);
    await endEngine(this.home);
    copyConfig(this.configFile, this.home, this.name, this.elastic);
    const charts = await chartsFolder(
      configCopy(this.home, this.name),
      this.home,
      this.kubeconfigPath !== undefined,
    );
    if (charts) setCharts(this.home, this.name, charts);
    await this.prepareRealNode();
    if (!this.exists()) await this.init();
    if (hasFiles(join(this.home.state, ".pulumi", "locks")))
      await this.ask(["cancel", "--yes", "--stack", this.name]);
  }

  /** What nobody else would do on a cluster of ours while an operation runs. */
  private whileStandingIn(operation: Operation, run: () => Promise<RunResult>): Promise<RunResult> {
    if (!this.kubeconfigPath) return run();
    // On a real node operators run themselves.
    if (!hasRealNode(dirname(this.kubeconfigPath))) return withOperators(this.kubeconfigPath, run);
    const keys = operation === "up" ? wantedKeys(configCopy(this.home, this.name)) : undefined;
    return keys ? withStoreKeys(this.kubeconfigPath, keys, this.say, run) : run();
  }

  /** A real node gets the images of the stack; what has none to be had stays on the simulated nodes. */
  private async prepareRealNode(): Promise<void> {
    if (!this.kubeconfigPath || !hasRealNode(dirname(this.kubeconfigPath))) return;
    const folder = dirname(this.kubeconfigPath);
    const simulated = await provideStackImages(folder, configCopy(this.home, this.name), this.say);
    keepSimulated(
      this.home,
      this.name,
      simulated.filter(({ name }) => !this.neverSimulated.includes(name)),
    );
  }

  /** In a folder with the project file only, so that what it writes does not land in the checkout. */
  private async init(): Promise<void> {
    const folder = join(this.home.folder, "init");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${projectName(this.directory)}\nruntime: nodejs\n`);
    await this.ask(["stack", "init", this.name], folder);
    keepEncryption(join(folder, `Pulumi.${this.name}.yaml`), this.home, this.name);
  }

  /**
   * A run that did not finish leaves state that lags behind the cluster; and a new cluster has nothing of it.
   * @param began when the run began that did not finish
   */
  private async readAnew(began: Date | undefined): Promise<void> {
    this.say("The last run did not finish, or the cluster is another one: reading what is there first.");
    // With the program's idea of where Elasticsearch is, which may have been put right since.
    const program = this.elastic ? ["--run-program"] : [];
    const unasked = ["--yes", "--skip-preview", "--clear-pending-creates"];
    await this.ask(["refresh", ...this.target(), ...unasked, ...program]);
    if (began === undefined || !this.mendsKilledRuns()) return;
    const { deployment } = await this.state();
    const removed = await removeLeftBehind(this.kubeconfigPath!, deployment.resources ?? [], began);
    if (removed > 0) this.say(`Removed ${removed} objects that the last run made and could not note.`);
  }

  /** What a killed run made and no state names can be found on a cluster; inside an Elasticsearch it can't. */
  private mendsKilledRuns(): boolean {
    return this.kubeconfigPath !== undefined && !this.elastic;
  }

  private async clusterId(): Promise<string> {
    if (this.kubeconfigPath === undefined) return "no cluster";
    const api = new KubeApi(targetOfKubeconfig(this.kubeconfigPath));
    try {
      return (await api.get<{ metadata: { uid: string } }>("/api/v1/namespaces/kube-system")).metadata.uid;
    } finally {
      api.close();
    }
  }

  private exists(): boolean {
    const stacks = join(this.home.state, ".pulumi", "stacks", projectName(this.directory));
    return hasFiles(stacks, new RegExp(`^${this.name}\\.json(\\.gz)?$`));
  }

  private async ask(args: readonly string[], cwd = this.directory): Promise<RunResult> {
    const result = await this.pulumi(args, true, cwd);
    if (result.code === 0) return result;
    throw new Fault(
      `pulumi ${args.slice(0, 2).join(" ")} failed:\n${indent(result.stderr || result.stdout)}`,
      {
        where: this.home.folder,
        fix: "Run the command again; if it fails the same way, `npm run stop -- --purge` and start again.",
      },
    );
  }

  private pulumi(
    args: readonly string[],
    quiet: boolean,
    cwd = this.directory,
    signal?: AbortSignal,
  ): Promise<RunResult> {
    const flags = quiet ? ["--non-interactive", "--color=never"] : [];
    // By its path, which names the folder: so a run that is left over is found.
    const program = join(this.home.bin, "pulumi");
    return runPulumi([...args, ...flags], { program, cwd, env: this.environment, quiet, signal });
  }
}

/** Ends what a killed run left of the engine: it is told first, so that it can note what it did. Call it with the lock held, or to stop. */
export async function endEngine(home: EngineHome): Promise<void> {
  await endProcesses(() => processesOf(home.folder, ["pulumi"]), 10_000);
  await endProcesses(() => processesOf(home.folder, enginePrograms), 2_000);
}

/** Ends every engine of a checkout. */
export async function endEngines(directory: string = checkout): Promise<void> {
  for (const name of engineNames(directory)) await endEngine(engineHome(name, directory));
}

function hasFiles(folder: string, pattern = /./): boolean {
  if (!existsSync(folder)) return false;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.some((entry) => entry.isFile() && pattern.test(entry.name));
}

function indent(text: string): string {
  return text
    .trim()
    .split("\n")
    .slice(-20)
    .map((line) => `    ${line}`)
    .join("\n");
}
