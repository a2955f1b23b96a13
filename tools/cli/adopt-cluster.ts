import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Command } from "commander";
import type { Eks } from "../../components/core/config/eks-schema";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { type RunResult, runPulumi } from "../dev/engine/pulumi";
import { say } from "../dev/say";
import { ownEnvironment } from "./stack-command";
import { settingsOf, stackFile } from "./stack-file";
import { plainText } from "./watch/plain-text";

const run = promisify(execFile);

/** A control plane takes ten minutes or so; the AWS CLI waits for twenty. */
const WAIT_MS = 25 * 60_000;

/** Pulumi's CLI for one stack, with all output collected. */
export type AskPulumi = (args: readonly string[]) => Promise<RunResult>;

/** `npm run cluster:adopt`: puts a cluster that an interrupted update made, and could not note, into the stack's state. */
export async function main(args: readonly string[]): Promise<number> {
  const { stack } = new Command("npm run cluster:adopt --")
    .description(
      "Puts the EKS cluster that an interrupted update made into the stack's state, once it is ready. Changes nothing in AWS.",
    )
    .requiredOption("-s, --stack <name>", "a stack of yours that makes its own cluster")
    .parse(args, { from: "user" })
    .opts<{ stack: string }>();
  const file = stackFile(stack.split("/").at(-1) ?? stack);
  const { eks, global } = settingsOf(file).envelope;
  if (!eks) throw new Fault(`Stack ${stack} makes no cluster.`, { where: file });
  const env = await ownEnvironment(file);
  const ask: AskPulumi = (command) =>
    runPulumi([...command, "--stack", stack], { program: "pulumi", cwd: checkout, env, quiet: true });
  await adoptCluster(eks, global.clusterName, ask, env);
  say(
    `The cluster ${global.clusterName} is in the state of ${stack}: go on with npm run up -- --stack ${stack}`,
  );
  return 0;
}

/**
 * @param ask runs Pulumi for the stack
 * @throws Fault where there is no such cluster, it does not get ready, or the state is not one that lacks it
 */
export async function adoptCluster(
  { region, profile }: Eks,
  clusterName: string,
  ask: AskPulumi,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  // A killed update leaves its lock; where there is none this says so and does nothing.
  await ask(["cancel", "--yes"]);
  await untilActive(clusterName, ["--region", region, ...(profile ? ["--profile", profile] : [])], env);
  const { parent, provider } = urnsOf(await succeeds(ask, ["stack", "export"]));
  const imported = ["import", "aws:eks/cluster:Cluster", "cluster", clusterName];
  const options = ["--parent", `parent=${parent}`, "--provider", `provider=${provider}`];
  await succeeds(ask, [
    ...imported,
    ...options,
    "--yes",
    "--protect=false",
    "--generate-code=false",
    "--skip-preview",
  ]);
}

/** An import of one that is being made would lack what AWS tells later. */
async function untilActive(name: string, target: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  say(`Waiting until the cluster ${name} is ready.`);
  try {
    await run("aws", ["eks", "wait", "cluster-active", "--name", name, ...target], { env, timeout: WAIT_MS });
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Fault(`The cluster ${name} is not there or did not get ready: ${plainText(stderr.trim())}`, {
      fix: `\`aws eks describe-cluster --name ${name}\` tells its status; one that FAILED is deleted with \`aws eks delete-cluster\`.`,
    });
  }
}

async function succeeds(ask: AskPulumi, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(args);
  if (code === 0) return stdout;
  throw new Fault(
    `pulumi ${args[0]} failed: ${plainText((stderr || stdout).trim().split("\n").slice(-5).join(" "))}`,
    {
      fix: "docs/eks.md has the steps one by one.",
    },
  );
}

/** The component that the cluster is a part of, and the provider that it is made by, as the interrupted update noted them. */
function urnsOf(exported: string): { parent: string; provider: string } {
  const { deployment } = JSON.parse(exported) as {
    deployment: { resources?: { urn: string; type: string }[] };
  };
  const resources = deployment.resources ?? [];
  const find = (type: string) => resources.find((resource) => resource.type === type)?.urn;
  const [parent, provider] = [find("security-stack:cluster:EksCluster"), find("pulumi:providers:aws")];
  const known = find("aws:eks/cluster:Cluster");
  if (parent && provider && !known) return { parent, provider };
  throw new Fault(
    known
      ? "The cluster is in the stack's state already."
      : "The stack's state has nothing that a cluster could be a part of.",
    { fix: "Run npm run up." },
  );
}
