import { Command } from "commander";
import { checkCluster } from "./doctor-checks/cluster";
import { type Finding, formatFindings } from "./doctor-checks/finding";
import { checkMachine } from "./doctor-checks/machine";

/** `npm run doctor`: what this machine and the cluster lack. It only reads. Exit code 1 when something is in the way. */
export async function main(args: readonly string[]): Promise<number> {
  const options = new Command("npm run doctor --")
    .description("Reports what this machine and the cluster lack; changes nothing.")
    .option(
      "--context <name>",
      "context of your kubeconfig to look at (default: the embedded cluster if it runs, else your current context)",
    )
    .option("--json", "print the findings as JSON")
    .parse(args, { from: "user" })
    .opts<{ context?: string; json?: boolean }>();
  const findings: Finding[] = [
    ...(await checkMachine()).map((check) => ({ area: "machine" as const, ...check })),
    ...(await checkCluster(options.context)).map((check) => ({ area: "cluster" as const, ...check })),
  ];
  console.log(options.json ? JSON.stringify(findings, null, 2) : formatFindings(findings));
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}
