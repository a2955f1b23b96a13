import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { STACK_FILE_VARIABLE } from "../../../components/core/config/load";
import { apiServerOf, getOnce } from "../../../components/node-program/api-server";
import { checkout } from "../../../tools/dev/cluster/folders";
import { processesOf, signalProcesses } from "../../../tools/dev/cluster/processes";
import { engineEnvironment, engineHome, enginePrograms } from "../../../tools/dev/engine/home";
import { LocalStack, type Operation, type StateResource } from "../../../tools/dev/engine/local-stack";
import { type RunResult, runPulumi } from "../../../tools/dev/engine/pulumi";
import { configCopy } from "../../../tools/dev/engine/stack-config";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { ACCOUNT, AwsAccount, type Principal, REGION } from "./aws-account";

export interface EksStackOptions {
  /** Of the engine, the cluster and the control plane; one per test file. */
  name: string;
  /** How long a change of the stand-in takes. */
  changeMs?: number;
}

export interface EksRun {
  code: number;
  output: string;
  /** Operations of the EKS API that changed something, in order. */
  changes: string[];
  seconds: number;
}

/**
 * A stack of the real program that makes its own cluster: real engine, Terraform's AWS provider, the stand-ins of AWS, a real
 * API server behind the cluster's endpoint and the real exec plugin.
 */
export class EksStack {
  private readonly stack: LocalStack;
  /** Its stack config. */
  readonly configFile: string;

  private constructor(
    readonly clusterName: string,
    readonly account: AwsAccount,
    /** Who runs the updates. */
    readonly principal: Principal,
    private readonly folder: string,
    private readonly awsCli: string,
  ) {
    this.configFile = join(folder, "Pulumi.dev.yaml");
    this.stack = this.stackIn({});
    this.configure({});
  }

  private stackIn(environment: NodeJS.ProcessEnv): LocalStack {
    return new LocalStack({
      engine: this.clusterName,
      configFile: this.configFile,
      aws: true,
      env: { ...this.environmentOf(this.principal, this.awsCli), ...environment },
    });
  }

  static async start({ name, changeMs }: EksStackOptions): Promise<EksStack> {
    const tools = await ensureTools(["moto", "aws-cli"]);
    const folder = mkdtempSync(join(tmpdir(), "security-stack-eks-"));
    const account = await AwsAccount.start({ moto: tools.moto, clusterName: name, folder, changeMs });
    return new EksStack(name, account, await account.user("platform"), folder, tools["aws-cli"]);
  }

  /** The smallest stack, with what is given beside it or instead of it. */
  configure({ eks = {}, global = {}, ...others }: Record<string, object | undefined>): void {
    const sections = {
      global: { clusterName: this.clusterName, cluster: "eks", ...global },
      eks: {
        accountId: ACCOUNT,
        region: REGION,
        network: { zones: [`${REGION}a`, `${REGION}b`] },
        endpoint: { publicCidrs: ["192.0.2.0/24"] },
        admins: [this.principal.arn],
        ...eks,
      },
      output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
      ...others,
    };
    const config = Object.entries(sections).map(([key, value]) => [`security-stack:${key}`, value]);
    writeFileSync(this.configFile, stringify({ config: Object.fromEntries(config) }));
  }

  /**
   * Runs an operation; what it made the EKS API change is in the result.
   * @param environment beside the principal's, or instead of it
   */
  async run(
    operation: Operation,
    args: readonly string[] = [],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<EksRun> {
    const since = this.account.standIn.calls.length;
    const began = Date.now();
    const unasked = operation === "preview" ? [] : ["--yes", "--skip-preview"];
    const { code, stdout, stderr } = await this.stackIn(environment).run(
      operation,
      [...unasked, ...args],
      true,
    );
    const operations = this.account.standIn.operations(since);
    return {
      code,
      output: `${stdout}\n${stderr}`,
      changes: operations.filter((name) => !/^(Describe|List)/.test(name)),
      seconds: (Date.now() - began) / 1000,
    };
  }

  /** What the API server answers to whoever logs in as this principal, by the kubeconfig of the stack and its exec plugin. */
  async ask(principal: Principal, path: string): Promise<{ code: number; output: string }> {
    const resources = await this.resources();
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    const config = new KubeConfig();
    config.loadFromString(String(provider?.inputs?.["kubeconfig"]));
    const user = config.getCurrentUser() as { exec?: { env: object[] | null } } | null;
    if (!user?.exec) throw new Error("the kubeconfig has no exec plugin");
    const environment = this.environmentOf(principal, this.awsCli);
    user.exec.env = Object.entries(environment).map(([name, value]) => ({ name, value }));
    const { status, body } = await getOnce(await apiServerOf(config), path);
    return { code: status, output: body };
  }

  /** A stack of another program with the same credentials, in the same account. */
  beside(engine: string, directory: string): LocalStack {
    const env = this.environmentOf(this.principal, this.awsCli);
    return new LocalStack({ engine, directory, aws: true, env });
  }

  /** Ends the engine and all that it started, as a kernel does that is short of memory. */
  kill(): void {
    signalProcesses(processesOf(this.stack.home.folder, enginePrograms), "SIGKILL");
  }

  /** What the Pulumi CLI of a user would have, who has nothing that mends a killed run by itself. */
  get environment(): NodeJS.ProcessEnv {
    const { home, name } = this.stack;
    const principal = this.environmentOf(this.principal, this.awsCli);
    return { ...engineEnvironment(home), [STACK_FILE_VARIABLE]: configCopy(home, name), ...principal };
  }

  /** Runs the Pulumi CLI for the stack with that. */
  pulumi(args: readonly string[]): Promise<RunResult> {
    const { home, name } = this.stack;
    const program = join(home.bin, "pulumi");
    const target = [
      "--stack",
      name,
      ...(args[0] === "import" ? ["--config-file", configCopy(home, name)] : []),
    ];
    return runPulumi([...args, ...target], { program, cwd: checkout, env: this.environment, quiet: true });
  }

  /** The next run takes the state for what is there, as a user's would. */
  forgetKill(): void {
    writeFileSync(this.stack.home.note, "no cluster");
  }

  /** The AWS CLI as the one who runs the updates. */
  async aws(args: readonly string[]): Promise<string> {
    const env = this.environmentOf(this.principal, this.awsCli);
    const { stdout } = await promisify(execFile)("aws", [...args, "--region", REGION], { env });
    return stdout;
  }

  outputs(): Promise<Record<string, unknown>> {
    return this.stack.outputs();
  }

  async resources(): Promise<StateResource[]> {
    return (await this.stack.state()).deployment.resources ?? [];
  }

  /** Variables by which a program is this principal, and `aws` the AWS CLI. */
  environmentOf({ environment }: Principal, awsCli: string): Record<string, string> {
    const bin = join(this.folder, "bin");
    mkdirSync(bin, { recursive: true });
    const script = `#!/bin/sh\nPYTHONPATH='${awsCli}' PYTHONDONTWRITEBYTECODE=1 exec python3 -m awscli "$@"\n`;
    writeFileSync(join(bin, "aws"), script);
    chmodSync(join(bin, "aws"), 0o755);
    return {
      ...environment,
      PATH: [engineHome(this.clusterName).bin, bin, process.env["PATH"]].join(":"),
      // What the program reaches it reaches by what it made.
      KUBECONFIG: "/dev/null",
    };
  }

  async stop(): Promise<void> {
    await this.account.stop();
    rmSync(this.stack.home.folder, { recursive: true, force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
