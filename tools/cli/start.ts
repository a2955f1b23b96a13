import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { programs } from "../dev/cluster/control-plane";
import { type Cluster, startCluster } from "../dev/cluster/embedded-cluster";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { chartTools } from "../dev/engine/charts";
import { engineTools } from "../dev/engine/home";
import { LocalStack } from "../dev/engine/local-stack";
import { interruptedCode } from "../dev/engine/pulumi";
import { allReady, formatReport } from "../dev/engine/report";
import { ensureTools } from "../dev/toolchain/ensure";
import { printPlan } from "./plan";
import { policies } from "./stack-command";

/**
 * `npm start`: shows the plan, then brings it up for real on the embedded cluster. Every step can be cut off at any moment and
 * run again: a step that is done is quick the second time, and one that is half done is put right first.
 */
export async function main(args: readonly string[]): Promise<number> {
  new Command("npm start")
    .description(
      "Brings up the dev stack (Pulumi.dev.yaml) on an embedded Kubernetes cluster with simulated nodes.",
    )
    .parse(args, { from: "user" });
  process.on("SIGINT", onInterrupt).on("SIGTERM", onInterrupt);

  step(1, "What will be deployed (nothing is touched yet)");
  printPlan("dev");

  step(2, "Tools");
  const charts = chartTools(join(checkout, "Pulumi.dev.yaml"));
  const { kubectl } = await ensureTools([...programs, ...engineTools, "kubectl", ...charts]);

  step(3, "Embedded Kubernetes cluster");
  const began = Date.now();
  const cluster = await startCluster({ say });
  say(
    cluster.reused
      ? `  Already running at ${cluster.server}.`
      : `  Ready at ${cluster.server} in ${seconds(began)}.`,
  );

  step(4, "pulumi up of stack dev");
  process.off("SIGINT", onInterrupt).off("SIGTERM", onInterrupt);
  return deploy(cluster, kubectl);
}

async function deploy(cluster: Cluster, kubectl: string): Promise<number> {
  const pack = await policies("up", "dev", join(checkout, "Pulumi.dev.yaml"), []);
  const stack = new LocalStack({ kubeconfigPath: cluster.kubeconfigPath, env: pack.env, say });
  const flags = ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-permalink=true"];
  const result = await stack.run("up", [...pack.args, ...flags]);
  if (result.interrupted) {
    sayInterrupted();
    return interruptedCode;
  }
  if (result.code !== 0) {
    throw new Fault("pulumi up did not succeed; what it says is above.", {
      where: "Pulumi.dev.yaml and the program",
      fix: "Correct it and run `npm start` again: what was made is kept, and it goes on from there.",
    });
  }
  const outputs = await stack.outputs();
  console.log(
    formatReport(outputs, {
      kubeconfigPath: cluster.kubeconfigPath,
      kubectl: onPath("kubectl") ? "kubectl" : kubectl,
    }),
  );
  return allReady(outputs) ? 0 : 1;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function onInterrupt(): void {
  sayInterrupted();
  process.exit(interruptedCode);
}

function sayInterrupted(): void {
  say("\nInterrupted. `npm start` goes on from here; `npm run stop` ends what runs.");
}

function step(number: number, title: string): void {
  say(pc.bold(`\n[${number}/4] ${title}`));
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
