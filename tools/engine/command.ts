import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { startCluster } from "../cluster/cluster";
import { Fault } from "../cluster/fault";
import { checkout } from "../cluster/folders";
import { engineHome, prepareHome } from "./home";
import { LocalStack } from "./local-stack";
import { interruptedCode, type RunResult, runPulumi } from "./pulumi";

type Command = "up" | "preview" | "destroy";

/** What each command is given on the embedded cluster, where there is nothing to ask before. */
const unasked: Record<Command, string[]> = {
  up: ["--yes", "--skip-preview"],
  preview: [],
  destroy: ["--yes", "--skip-preview"],
};

/**
 * `npm run up`, `preview` and `destroy`. Without `--stack` it is the dev stack on the embedded cluster; with `--stack NAME` it
 * is that stack with the user's own Pulumi login, kubeconfig and environment. All other arguments go to Pulumi as they are.
 */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const own = namesStack(args);
  const result = own ? await runOwn(command, args) : await runLocal(command, args);
  return result.interrupted ? interruptedCode : result.code;
}

async function runLocal(command: Command, args: readonly string[]): Promise<RunResult> {
  if (args.some((arg) => arg.startsWith("--config-file"))) {
    throw new Fault("--config-file goes with a stack of your own.", {
      fix: "Give `--stack NAME` too, or edit Pulumi.dev.yaml.",
    });
  }
  const cluster = await startCluster({ say });
  if (!cluster.reused) say("Started the embedded cluster (`npm run stop` ends it).");
  say(
    `Stack dev on the embedded cluster ${cluster.server}. For a stack of your own: npm run ${command} -- --stack NAME`,
  );
  const stack = new LocalStack({ kubeconfigPath: cluster.kubeconfigPath, say });
  return stack.run(command, [...policies(command, args), ...unasked[command], ...args]);
}

/** With the Pulumi CLI that the user has, whatever its version, since it goes with their state; ours where there is none. */
async function runOwn(command: Command, args: readonly string[]): Promise<RunResult> {
  say("A stack of your own, with your Pulumi login and kubeconfig.");
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (!folders.some((folder) => existsSync(join(folder, "pulumi")))) {
    const engine = engineHome("own");
    await prepareHome(engine, checkout);
    folders.push(engine.bin);
  }
  const env = { ...process.env, PATH: folders.join(delimiter) };
  return runPulumi([command, ...policies(command, args), ...args], { program: "pulumi", cwd: checkout, env });
}

/** The policy pack of this checkout, where it is built, unless another is given. */
export function policies(command: Command, args: readonly string[]): string[] {
  const pack = join(checkout, "policy-pack");
  const built = existsSync(join(pack, "PulumiPolicy.yaml")) && existsSync(join(pack, "bin", "index.js"));
  const wanted = built && command !== "destroy" && !args.some((arg) => arg.startsWith("--policy-pack"));
  return wanted ? ["--policy-pack", pack] : [];
}

function namesStack(args: readonly string[]): boolean {
  return args.some((arg) => /^(--stack|-s)(=|$)/.test(arg));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
