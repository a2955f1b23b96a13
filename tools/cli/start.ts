import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { KubeApi } from "../dev/cluster/api";
import { programs } from "../dev/cluster/control-plane";
import { type Cluster, startCluster } from "../dev/cluster/embedded-cluster";
import { Fault } from "../dev/cluster/fault";
import { checkout } from "../dev/cluster/folders";
import { targetOfKubeconfig } from "../dev/cluster/kubeconfig";
import { chartTools } from "../dev/engine/charts";
import { engineTools } from "../dev/engine/home";
import { LocalStack } from "../dev/engine/local-stack";
import { interruptedCode } from "../dev/engine/pulumi";
import { allReady, formatReport } from "../dev/engine/report";
import { startRealNode } from "../dev/node/real-node";
import { requireRealNodeHost } from "../dev/node/requirements";
import { say } from "../dev/say";
import { ensureTools } from "../dev/toolchain/ensure";
import { printPlan } from "./plan";
import { DECLARED_WINS, policies, watched } from "./stack-command";
import { embeddedSettingsOf } from "./stack-file";

/**
 * `npm start`: shows the plan, then brings it up for real on the embedded cluster. Every step can be cut off at any moment and
 * run again: a step that is done is quick the second time, and one that is half done is put right first.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { realNode } = new Command("npm start --")
    .description(
      "Brings up the dev stack (Pulumi.dev.yaml) on an embedded Kubernetes cluster with simulated nodes.",
    )
    .option(
      "--real-node",
      "run the pods for real, in a node of this machine (Linux, root); what has no image to be had is simulated",
    )
    .parse(args, { from: "user" })
    .opts<{ realNode?: boolean }>();
  if (realNode) requireRealNodeHost(process);
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

  if (realNode) {
    const joined = Date.now();
    const { name, logFolder, reused } = await startRealNode(cluster, { say });
    say(
      reused
        ? `  ${name} runs already.`
        : `  ${name} joined in ${seconds(joined)}. Its /var/log is ${logFolder}; it has no way to other networks.`,
    );
  }

  step(4, "pulumi up of stack dev");
  process.off("SIGINT", onInterrupt).off("SIGTERM", onInterrupt);
  return deploy(cluster, kubectl);
}

async function deploy(cluster: Cluster, kubectl: string): Promise<number> {
  const pack = await policies("up", "dev", join(checkout, "Pulumi.dev.yaml"), []);
  const stack = new LocalStack({
    kubeconfigPath: cluster.kubeconfigPath,
    env: { ...pack.env, ...DECLARED_WINS },
    say,
  });
  const flags = ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-permalink=true"];
  const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  const result = await watched(api, embeddedSettingsOf(join(checkout, "Pulumi.dev.yaml")), (signal) =>
    stack.run("up", [...pack.args, ...flags], false, signal),
  );
  if (result.interrupted) {
    sayInterrupted();
    return interruptedCode;
  }
  if (result.code !== 0) {
    throw new Fault("pulumi up failed; its output is above.", {
      where: "Pulumi.dev.yaml and the program",
      fix: "Fix it and run `npm start` again: what was created is kept, and the run continues from there.",
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
