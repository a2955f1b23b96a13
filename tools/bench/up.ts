import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { render } from "../cli/render";
import { KubeApi } from "../dev/cluster/api";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { targetOfKubeconfig } from "../dev/cluster/kubeconfig";
import { LocalStack } from "../dev/engine/local-stack";
import { newTable } from "../dev/table";
import { knownToGarbageCollector } from "./garbage-collector";
import { KubectlApply } from "./kubectl-apply";
import { median } from "./measure";
import { row, runOperation, timed } from "./warm-previews";

const RUNS = Number(process.env["UP_BENCH_RUNS"] ?? 3);
const BOUND = 2;
const NAME = "bench-up";

type Times = Record<"up" | "apply" | "destroy" | "delete", number[]>;

/**
 * `up` and `destroy` of the dev stack against `kubectl apply --server-side` and `kubectl delete` of its rendered YAML:
 * in turn on one empty cluster, each until all is ready, or gone.
 */
export async function benchUp(): Promise<boolean> {
  const cluster = await startCluster({ name: NAME, ephemeral: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  const stack = new LocalStack({ kubeconfigPath: cluster.kubeconfigPath, engine: `${NAME}-${process.pid}` });
  const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  try {
    await render({ stack: "dev", directory: folder });
    const kubectl = await KubectlApply.of(folder, cluster.kubeconfigPath);
    const times: Times = { up: [], apply: [], destroy: [], delete: [] };
    for (let i = 0; i < RUNS; i++) {
      times.up.push(await timed(() => runOperation(stack, "up")));
      await knownToGarbageCollector(api);
      times.destroy.push(await timed(() => runOperation(stack, "destroy")));
      times.apply.push(await timed(() => kubectl.apply()));
      times.delete.push(await timed(() => kubectl.remove()));
      process.stderr.write(`up and destroy ${i + 1} of ${RUNS}\n`);
    }
    return report(times, kubectl.objects);
  } finally {
    api.close();
    await cluster.stop();
    for (const left of [folder, stack.home.folder]) fs.rmSync(left, { recursive: true, force: true });
  }
}

function report(times: Times, objects: number): boolean {
  const table = newTable([`dev stack, ${objects} objects`, "median", "min", "max"]);
  table.push(
    row("up", times.up),
    row("kubectl apply --server-side, with rollout", times.apply),
    row("destroy", times.destroy),
    row("kubectl delete", times.delete),
  );
  console.log(table.toString());
  const held = [
    withinBound("up", times.up, times.apply),
    withinBound("destroy", times.destroy, times.delete),
  ];
  return held.every(Boolean);
}

function withinBound(title: string, ours: readonly number[], theirs: readonly number[]): boolean {
  const ratio = median(ours.map((time, i) => time / theirs[i]!));
  const held = ratio <= BOUND;
  console.log(
    `${title}: ratio ${ratio.toFixed(2)} (median of ${ours.length} pairs), bound ${BOUND}: ${held ? "held" : "NOT HELD"}`,
  );
  return held;
}
