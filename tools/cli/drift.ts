import { join } from "node:path";
import { Command } from "commander";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { LocalStack } from "../dev/engine/local-stack";
import { type RunResult, runPulumi } from "../dev/engine/pulumi";
import { say } from "../dev/say";
import { newTable } from "../dev/table";
import { type Difference, readDrift } from "./drift-report";
import { ownEnvironment } from "./stack-command";
import { plainText } from "./watch/plain-text";

/** Reads every object and changes neither the cluster nor the state; the program says how to reach Elasticsearch. */
export const COMPARE = ["--preview-only", "--run-program", "--json"];

/** Exit code where something differs: 1 is for a comparison that failed. */
const DIFFERS = 2;

/** `npm run drift`: compares what the last update of a stack left with what is there now. */
export async function main(args: readonly string[]): Promise<number> {
  const { stack, json } = new Command("npm run drift --")
    .description(
      "Compares the cluster with what the last update left; changes nothing. Exit code 0: no difference, 2: some, each named, 1: not known.",
    )
    .option(
      "-s, --stack <name>",
      "a stack of yours, with your Pulumi login and kubeconfig (default: the dev stack on the embedded cluster)",
    )
    .option("--json", "print the differences as JSON")
    .parse(args, { from: "user" })
    .opts<{ stack?: string; json?: boolean }>();
  const differences = differencesOf(await (stack === undefined ? compareLocal() : compareOwn(stack)));
  console.log(json ? JSON.stringify(differences, null, 2) : report(differences, stack));
  return differences.length === 0 ? 0 : DIFFERS;
}

async function compareLocal(): Promise<RunResult> {
  const cluster = await startCluster({ say });
  const stack = new LocalStack({ kubeconfigPath: cluster.kubeconfigPath, say });
  return stack.run("refresh", COMPARE, true);
}

async function compareOwn(stack: string): Promise<RunResult> {
  const configFile = join(checkout, `Pulumi.${stack.split("/").at(-1)}.yaml`);
  const env = await ownEnvironment(configFile);
  const flags = ["--stack", stack, "--non-interactive", "--color=never", ...COMPARE];
  return runPulumi(["refresh", ...flags], { program: "pulumi", cwd: checkout, env, quiet: true });
}

/** @throws Fault where the comparison failed: what is not known is not the same as no difference */
export function differencesOf({ code, stdout, stderr }: RunResult): Difference[] {
  const differences = readDrift(stdout);
  if (code === 0 && differences) return differences;
  const lines = `${stderr}\n${stdout}`.split("\n").filter((line) => /error|fail/i.test(line));
  throw new Fault(
    `The comparison failed: ${plainText(lines.slice(0, 3).join(" ")) || `pulumi ended with code ${code}`}`,
    {
      fix: "`npm run doctor` tells whether the cluster can be reached; a locked stack needs `pulumi cancel`.",
    },
  );
}

function report(differences: readonly Difference[], stack: string | undefined): string {
  if (differences.length === 0) return "No difference: all objects are as the last update left them.";
  const table = newTable(["object", "what"]);
  for (const { object, what } of differences) table.push([object, what]);
  const own = stack === undefined ? "" : ` --stack ${stack}`;
  return `${table}\n${differences.length} differ. \`npm run up --${own} --refresh --run-program\` puts them back.`;
}
