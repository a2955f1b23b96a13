import { Command } from "commander";
import { stackContext } from "../../components/core/config/load";
import { Fault } from "../dev/cluster/fault";
import { checkAws } from "./doctor-checks/aws";
import { checkCluster } from "./doctor-checks/cluster";
import { type Check, type Finding, formatFindings } from "./doctor-checks/finding";
import { checkMachine } from "./doctor-checks/machine";
import { userTarget } from "./doctor-checks/target";
import { settingsOf, stackFile } from "./stack-file";

/** `npm run doctor`: what this machine and the cluster lack. It only reads. Exit code 1 when something is in the way. */
export async function main(args: readonly string[]): Promise<number> {
  const options = new Command("npm run doctor --")
    .description("Reports what this machine and the cluster lack; changes nothing.")
    .option(
      "--context <name>",
      "context of your kubeconfig to look at (default: the embedded cluster if it runs, else your current context)",
    )
    .option(
      "-s, --stack <name>",
      "a stack of yours: its config is checked, and the cluster that its global.context names, else your current context",
    )
    .option("--json", "print the findings as JSON")
    .parse(args, { from: "user" })
    .opts<{ context?: string; stack?: string; json?: boolean }>();
  const findings: Finding[] = [
    ...(await checkMachine()).map((check) => ({ area: "machine" as const, ...check })),
    ...(await clusterFindings(options)).map((check) => ({ area: "cluster" as const, ...check })),
  ];
  console.log(options.json ? JSON.stringify(findings, null, 2) : formatFindings(findings));
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}

/** Of a stack, the cluster that `npm run up -- --stack` would deploy it to. @throws ConfigError where its config is refused */
async function clusterFindings({ context, stack }: { context?: string; stack?: string }): Promise<Check[]> {
  if (stack === undefined) return checkCluster(context);
  if (context !== undefined)
    throw new Fault("--context and --stack both name a cluster.", { fix: "Give one of them." });
  const file = stackFile(stack);
  const { envelope, features } = settingsOf(file);
  const aws = envelope.eks ? [await checkAws(envelope.eks)] : [];
  const on = features.filter(({ enabled }) => enabled);
  return [...aws, ...(await checkCluster(stackContext(file), userTarget, on))];
}
