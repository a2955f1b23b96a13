import { rmSync } from "node:fs";
import { Command } from "commander";
import { clusterNames, stopCluster } from "../dev/cluster/embedded-cluster";
import { checkoutFolder } from "../dev/cluster/folders";
import { endEngines } from "../dev/engine/local-stack";

/** `npm run stop`: ends everything that this checkout started; `--purge` removes data, state and keys too. */
export async function main(args: readonly string[]): Promise<number> {
  const { purge } = new Command("npm run stop --")
    .description("Stops the embedded cluster of this checkout, and any update in progress.")
    .option("--purge", "remove the cluster's data and the stack's state too")
    .parse(args, { from: "user" })
    .opts<{ purge?: boolean }>();
  await endEngines();
  const stopped: string[] = [];
  for (const name of clusterNames()) if (await stopCluster(name, { purge })) stopped.push(name);
  if (purge) rmSync(checkoutFolder(), { recursive: true, force: true });
  console.log(stopped.length > 0 ? `Stopped: ${stopped.join(", ")}.` : "Nothing was running.");
  console.log(
    purge
      ? "Data and state are removed."
      : "Data and state are kept: `npm start` goes on from there, `npm run stop -- --purge` removes them.",
  );
  return 0;
}
