import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import type { Cluster } from "../../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../../tools/dev/cluster/folders";
import { chartsFolder } from "../../../tools/dev/engine/charts";
import { engineHome, prepareHome } from "../../../tools/dev/engine/home";
import { copyCheckout, ROOT } from "./checkout-copy";
import type { RunResult } from "./run";

/**
 * What a user has who follows a page: a copy of the repository without its packages, a kubeconfig with a context, the Pulumi
 * CLI on PATH and a login of their own, in a home folder of their own.
 */
export class UserCheckout {
  private constructor(
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param context Name of the kubeconfig's context for the cluster */
  static async create(cluster: Cluster, context: string): Promise<UserCheckout> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-user-"));
    await copyCheckout(folder);
    const engine = engineHome("user");
    await prepareHome(engine, ROOT);
    const home = path.join(folder, "home");
    fs.mkdirSync(path.join(home, "state"), { recursive: true });
    const kubeconfig = path.join(home, "kubeconfig");
    fs.writeFileSync(kubeconfig, withContext(fs.readFileSync(cluster.kubeconfigPath, "utf8"), context), {
      mode: 0o600,
    });
    return new UserCheckout(folder, {
      ...process.env,
      PATH: `${engine.bin}:${process.env["PATH"]}`,
      KUBECONFIG: kubeconfig,
      PULUMI_HOME: engine.home,
      PULUMI_BACKEND_URL: `file://${path.join(home, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "of the user",
    });
  }

  /** Changes a stack file as an editor would; values are given without the project's prefix. */
  async edit(stack: string, change: (config: Record<string, unknown>) => void): Promise<void> {
    const file = path.join(this.folder, `Pulumi.${stack}.yaml`);
    const document = parse(fs.readFileSync(file, "utf8"));
    change(document.config);
    fs.writeFileSync(file, stringify(document));
  }

  /** A folder for `global.charts`, with the charts that a stack needs. */
  charts(stack: string): Promise<string | undefined> {
    return chartsFolder(path.join(this.folder, `Pulumi.${stack}.yaml`), engineHome("user"), true);
  }

  /** Runs a block of a page in a shell that ends at the first command that fails. */
  run(block: string): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const child = spawn("bash", ["-eu", "-o", "pipefail", "-c", block], {
        cwd: this.folder,
        env: this.env,
      });
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (data: Buffer) => stdout.push(data));
      child.stderr.on("data", (data: Buffer) => stderr.push(data));
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({
          code: code ?? 1,
          stdout: Buffer.concat(stdout).toString("utf8"),
          stderr: Buffer.concat(stderr).toString("utf8"),
        }),
      );
      child.stdin.end();
    });
  }

  remove(): void {
    for (const left of [engineHome("user").folder, checkoutFolder(this.folder), this.folder])
      fs.rmSync(left, { recursive: true, force: true });
  }
}

function withContext(kubeconfig: string, name: string): string {
  const document = parse(kubeconfig);
  document.contexts[0].name = name;
  document["current-context"] = name;
  return stringify(document);
}
