import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import { STACK_FILE_VARIABLE, stackContext, stackPolicyLevel } from "../../components/core/config/load";
import type { Settings } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { KubeApi } from "../dev/cluster/api";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { targetOfKubeconfig } from "../dev/cluster/kubeconfig";
import { engineHome, prepareHome } from "../dev/engine/home";
import { LocalStack } from "../dev/engine/local-stack";
import { interruptedCode, type RunResult, runPulumi } from "../dev/engine/pulumi";
import { policyArguments, policyEnvironment, preparePolicyPack } from "../dev/policy/prepare";
import { say } from "../dev/say";
import { requireAws, requireCluster } from "./doctor-checks/reachable";
import { userTarget } from "./doctor-checks/target";
import { tellLeftVolumes } from "./left-volumes";
import { clusterPlanOf, eksOf, judgeUnseen } from "./own-cluster";
import { embeddedSettingsOf, settingsOf } from "./stack-file";
import { askAws, partsOf } from "./watch/aws-parts";
import { watchParts } from "./watch/cluster-watch";
import { watchedOf, watchUpdate } from "./watch/watch";

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
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help(command));
    return 0;
  }
  const own = namesStack(args);
  const result = own ? await runOwn(command, args) : await runLocal(command, args);
  // Pulumi ends with 255 on any error; a script expects 1.
  return result.interrupted ? interruptedCode : Math.min(result.code, 1);
}

const summaries: Record<Command, string> = {
  up: "Deploys what the stack's config asks for, checked by the policy pack.",
  preview: "Shows what an update would change, checked by the policy pack; changes nothing.",
  destroy: "Removes everything that the stack created.",
};

const refreshing: Partial<Record<Command, string>> = {
  up: `
With --refresh --run-program it puts back what somebody changed by hand (\`npm run drift\` names it).`,
};

function help(command: Command): string {
  return `Usage: npm run ${command} -- [--stack NAME] [options of \`pulumi ${command}\`]

${summaries[command]}

Options:
  -s, --stack NAME  a stack of yours, with your Pulumi login and kubeconfig; without it the dev stack
                    (Pulumi.dev.yaml) on the embedded cluster, which is started if needed
  -h, --help        display help for command

All other options go to Pulumi: \`pulumi ${command} --help\` lists them.${refreshing[command] ?? ""}`;
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
  const pack = await policies(command, "dev", join(checkout, "Pulumi.dev.yaml"), args);
  const stack = new LocalStack({
    kubeconfigPath: cluster.kubeconfigPath,
    env: { ...pack.env, ...DECLARED_WINS },
    say,
  });
  const run = (signal?: AbortSignal) =>
    stack.run(command, [...pack.args, ...unasked[command], ...args], false, signal);
  if (command !== "up") return run();
  const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  return watched(api, embeddedSettingsOf(join(checkout, "Pulumi.dev.yaml")), run);
}

/** Runs an update of a stack with these settings, and tells meanwhile what is in its way in the cluster. */
export async function watched(
  api: KubeApi,
  settings: Settings,
  run: (signal: AbortSignal) => Promise<RunResult>,
): Promise<RunResult> {
  try {
    return await watchUpdate({ api, say, ...watchedOf(plan(settings)) }, run);
  } finally {
    await api.close();
  }
}

async function runOwn(command: Command, args: readonly string[]): Promise<RunResult> {
  say("A stack of your own, with your Pulumi login and kubeconfig.");
  const name = stackOf(args);
  const configFile = configFileOf(args) ?? join(checkout, `Pulumi.${name}.yaml`);
  const own = await ownEnvironment(configFile);
  const pack = await policies(command, name, configFile, args);
  const env = { ...own, ...pack.env, ...DECLARED_WINS };
  const run = (signal?: AbortSignal) =>
    runPulumi([command, ...pack.args, ...args], { program: "pulumi", cwd: checkout, env, signal });
  const cluster = clusterPlanOf(configFile);
  if (command === "destroy") return destroyOwn(run, cluster, env);
  const refused = await judgeUnseen(configFile, args, pack.args, env);
  if (refused) return refused;
  // What a stack has whose file is not in this checkout is not known.
  if (command !== "up" || !existsSync(configFile)) return run();
  const target = await userTarget(stackContext(configFile));
  const update = () => ("api" in target ? watched(target.api, settingsOf(configFile), run) : run());
  return cluster ? watchParts({ parts: partsOf(cluster), ask: askAws(env), say }, update) : update();
}

async function destroyOwn(
  run: () => Promise<RunResult>,
  cluster: ClusterPlan | undefined,
  env: NodeJS.ProcessEnv,
): Promise<RunResult> {
  const result = await run();
  if (cluster && result.code === 0) for (const line of await tellLeftVolumes(cluster, env)) say(line);
  return result;
}

/**
 * The environment of the user's Pulumi CLI, whatever its version, since it goes with their state; of ours where there is none.
 * @throws Fault where the cluster of the stack can't be reached, or AWS where the stack makes the cluster
 */
export async function ownEnvironment(configFile: string): Promise<NodeJS.ProcessEnv> {
  const eks = eksOf(configFile);
  if (eks) await requireAws(eks);
  else await requireCluster(existsSync(configFile) ? stackContext(configFile) : undefined);
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (!folders.some((folder) => existsSync(join(folder, "pulumi")))) {
    const engine = engineHome("own");
    await prepareHome(engine, checkout);
    folders.push(engine.bin);
  }
  return { ...process.env, PATH: folders.join(delimiter), [STACK_FILE_VARIABLE]: configFile };
}

/**
 * A field that somebody else wrote to an object of the stack becomes the stack's again: without it the update that is to put
 * it right ends with a field conflict (pulumi-kubernetes, provider/pkg/await/await.go: patchForce). Objects that are not
 * the stack's are refused before (components/stack/foreign-objects.ts).
 */
export const DECLARED_WINS = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };

/** What Pulumi is given for the policies. */
export interface PolicyFlags {
  args: string[];
  env: NodeJS.ProcessEnv;
}

/**
 * The policy pack of this checkout with the levels of the stack's environment, unless another is given: that which its
 * config names, else that which its name begins with.
 */
export async function policies(
  command: Command,
  stack: string,
  configFile: string,
  args: readonly string[],
): Promise<PolicyFlags> {
  if (command === "destroy" || args.some((arg) => arg.startsWith("--policy-pack")))
    return { args: [], env: {} };
  const policyLevel = existsSync(configFile) ? stackPolicyLevel(configFile) : undefined;
  const pack = await preparePolicyPack(stack, policyLevel);
  say(`Policies: the levels of ${pack.levels}.`);
  return { args: policyArguments(pack), env: policyEnvironment(pack) };
}

function namesStack(args: readonly string[]): boolean {
  return args.some((arg) => /^(--stack|-s)(=|$)/.test(arg));
}

/** The stack's name without an organisation and project: "me/security-stack/prod" -> "prod". */
function stackOf(args: readonly string[]): string {
  const name = optionOf(args, "--stack") ?? optionOf(args, "-s") ?? "";
  return name.split("/").at(-1) ?? name;
}

/** The value of an option, `--name value` or `--name=value`. */
function optionOf(args: readonly string[], name: string): string | undefined {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return undefined;
  return args[at] === name ? args[at + 1] : args[at]?.slice(name.length + 1);
}

/** The stack config that Pulumi is told to read instead of that of the project's folder. */
function configFileOf(args: readonly string[]): string | undefined {
  const file = optionOf(args, "--config-file");
  return file === undefined ? undefined : resolve(file);
}
