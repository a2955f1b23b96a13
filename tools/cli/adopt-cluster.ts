import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Command } from "commander";
import type { Eks } from "../../components/core/config/eks-schema";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { type RunResult, runPulumi } from "../dev/engine/pulumi";
import { say } from "../dev/say";
import { type Inputs, PARTS } from "./adopt-parts";
import { ownEnvironment } from "./stack-command";
import { settingsOf, stackFile } from "./stack-file";
import { plainText } from "./watch/plain-text";

const run = promisify(execFile);

/** A control plane takes ten minutes or so; the AWS CLI waits for twenty. */
const WAIT_MS = 25 * 60_000;
const ASK_MS = 60_000;

/** Pulumi's CLI for one stack, with all output collected. */
export type AskPulumi = (args: readonly string[]) => Promise<RunResult>;

/** `npm run cluster:adopt`: puts what an interrupted update made, and could not note, into the stack's state. */
export async function main(args: readonly string[]): Promise<number> {
  const { stack } = new Command("npm run cluster:adopt --")
    .description(
      "Puts the parts of the EKS cluster that an interrupted update made into the stack's state, once they are ready. Changes nothing in AWS.",
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
  const adopted = await adoptCluster(eks, global.clusterName, ask, env);
  const what =
    adopted.length > 0
      ? `In the state of ${stack} now: ${adopted.join(", ")}.`
      : `AWS has nothing that the state of ${stack} lacks.`;
  say(`${what} Go on with npm run up -- --stack ${stack}`);
  return 0;
}

/**
 * @param ask runs Pulumi for the stack
 * @returns ids of what is in the state now and was not before
 * @throws Fault where the cluster does not get ready, or the state lacks nothing
 */
export async function adoptCluster(
  { region, profile }: Eks,
  clusterName: string,
  ask: AskPulumi,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  // A killed update leaves its lock; where there is none this says so and does nothing.
  await ask(["cancel", "--yes"]);
  const missing = missingOf(await succeeds(ask, ["stack", "export"]), clusterName);
  const target = ["--region", region, ...(profile ? ["--profile", profile] : [])];
  const adopted: string[] = [];
  for (const one of missing) {
    const id = await idOf(one, target, env);
    if (id !== undefined && (await isImported(ask, one, id))) adopted.push(id);
  }
  return adopted;
}

/** Of what AWS has once it is ready; undefined where the update ended before AWS began to make it. */
async function idOf(
  { type, inputs }: Missing,
  target: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const { id, find, wait } = PARTS[type] ?? {};
  const found = id?.(inputs) ?? (find && (await printed([...find(inputs), ...target], env)));
  if (found === undefined || !wait) return found;
  return (await isReady([...wait(inputs, found), ...target], env)) ? found : undefined;
}

/** What the AWS CLI prints; undefined where that is nothing. */
async function printed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run("aws", args, { env, timeout: ASK_MS });
    const text = stdout.trim();
    return text === "" || text === "None" ? undefined : text;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Fault(`aws ${args.slice(0, 2).join(" ")} failed: ${plainText(stderr.trim())}`, {
      fix: "Run it again; compare the rights with `npm run plan -- --stack NAME --rights`.",
    });
  }
}

/** @returns false where the update ended before AWS made it */
async function isImported(
  ask: AskPulumi,
  { type, name, parent, provider }: Missing,
  id: string,
): Promise<boolean> {
  const links = ["--parent", `parent=${parent}`, "--provider", `provider=${provider}`];
  const flags = ["--yes", "--protect=false", "--generate-code=false", "--skip-preview"];
  const { code, stdout, stderr } = await ask(["import", type, name, id, ...links, ...flags]);
  if (code === 0) return true;
  // The provider has words of its own for an association.
  if (/does not exist|No association found between/.test(stdout + stderr)) return false;
  throw failed("import", { stdout, stderr });
}

/**
 * Waits for it: an import of one that is being made would lack what AWS tells later.
 * @returns false where it is not there
 */
async function isReady(args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const [, , what = "", , name = ""] = args;
  say(`Waiting: ${what} ${name}`);
  try {
    await run("aws", args, { env, timeout: WAIT_MS });
    return true;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    if (stderr.includes("ResourceNotFoundException")) return false;
    throw new Fault(`${name} did not get ready: ${plainText(stderr.trim())}`, {
      fix: "`aws eks describe-cluster` and `describe-nodegroup` tell the status; what FAILED is deleted with `aws eks delete-cluster` or `delete-nodegroup`.",
    });
  }
}

async function succeeds(ask: AskPulumi, args: readonly string[]): Promise<string> {
  const result = await ask(args);
  if (result.code === 0) return result.stdout;
  throw failed(args[0] ?? "", result);
}

function failed(command: string, { stdout, stderr }: Pick<RunResult, "stdout" | "stderr">): Fault {
  const lines = plainText((stderr || stdout).trim().split("\n").slice(-5).join(" "));
  return new Fault(`pulumi ${command} failed: ${lines}`, {
    fix: "Run it again; docs/eks.md says what it does.",
  });
}

/** A resource that AWS may have and the state has not. */
interface Missing {
  type: string;
  name: string;
  inputs: Inputs;
  parent: string;
  provider: string;
}

interface NotedResource {
  urn: string;
  type: string;
  inputs?: Inputs;
}

/** What was being made when the update ended; the cluster too where no note of that is left. */
function missingOf(exported: string, clusterName: string): Missing[] {
  const { deployment } = JSON.parse(exported) as {
    deployment: {
      resources?: NotedResource[];
      pending_operations?: { type: string; resource: NotedResource }[];
    };
  };
  const { resources = [], pending_operations: pending = [] } = deployment;
  const find = (type: string) => resources.find((resource) => resource.type === type)?.urn;
  const [parent, provider] = [find("security-stack:cluster:EksCluster"), find("pulumi:providers:aws")];
  if (!parent || !provider) throw nothingMissing("nothing that a cluster could be a part of");
  const begun = pending
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource)
    // Each killed update leaves a note of its own.
    .filter(({ urn }, index, all) => all.findIndex((one) => one.urn === urn) === index);
  const unknown = begun.filter(
    ({ urn, type }) => Object.hasOwn(PARTS, type) && !resources.some((one) => one.urn === urn),
  );
  const known = [...resources, ...unknown].some(({ type }) => type === CLUSTER);
  const all = known
    ? unknown
    : [...unknown, { urn: "cluster", type: CLUSTER, inputs: { name: clusterName } }];
  if (all.length === 0) throw nothingMissing("the cluster already, and nothing was being made");
  return all.map(({ urn, type, inputs = {} }) => ({
    type,
    name: urn.split("::").at(-1) ?? urn,
    inputs,
    parent,
    provider,
  }));
}

const CLUSTER = "aws:eks/cluster:Cluster";

function nothingMissing(what: string): Fault {
  return new Fault(`The stack's state has ${what}.`, { fix: "Run npm run up." });
}
