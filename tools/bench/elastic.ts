import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { engineHome } from "../dev/engine/home";
import { LocalStack } from "../dev/engine/local-stack";
import { EXTERNAL_OUTPUT } from "../dev/engine/stack-config";
import { newTable } from "../dev/table";
import { ExternalStack } from "./external-stack";
import { median } from "./measure";
import { row, runOperation, timed, writeDevStack } from "./warm-previews";

const RUNS = 3;
const PAIRS = 5;
const ENGINE = "bench-elastic";
const ENGINE_EXTERNAL = `${ENGINE}-external`;

/** Of the preview with the dashboards to the one without them. */
const DASHBOARDS_BOUND = 1.5;

/** The dev stack with less and with more of Elasticsearch: `output` of its config. */
const VARIANTS: readonly { title: string; output: object }[] = [
  { title: "one that exists, nothing made in it", output: EXTERNAL_OUTPUT },
  { title: "managed, nothing made in it", output: managed({ enabled: false }) },
  { title: "managed, with all but the dashboards", output: managed({ dashboards: false }) },
  { title: "managed, with the dashboards", output: managed({}) },
];

function managed(objects: object): object {
  return { elasticsearch: { managed: { preset: "poc" }, objects } };
}

/**
 * What Elasticsearch and what is in it add to the first preview of the dev stack, and the dashboards to one that knows where
 * Kibana is. True where the dashboards stay within their bound.
 */
export async function benchElastic(): Promise<boolean> {
  const cluster = await startCluster({ name: ENGINE, ephemeral: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  const { kubeconfigPath } = cluster;
  const configFile = writeDevStack(folder, {});
  const stack = new LocalStack({ kubeconfigPath, configFile, engine: ENGINE, elastic: true });
  try {
    const table = newTable(["first preview, Elasticsearch:", "median", "min", "max"]);
    for (const { title, output } of VARIANTS) {
      writeDevStack(folder, { output });
      table.push(row(title, await previews(stack)));
      process.stderr.write(`${title}: done\n`);
    }
    console.log(table.toString());
    return await compareDashboards(folder, kubeconfigPath);
  } finally {
    await cluster.stop();
    for (const left of [folder, ...[ENGINE, ENGINE_EXTERNAL].map((name) => engineHome(name).folder)])
      fs.rmSync(left, { recursive: true, force: true });
  }
}

/** Where Kibana is to be made too, its objects are not yet checked: what they cost is seen with one of others. */
async function compareDashboards(folder: string, kubeconfigPath: string): Promise<boolean> {
  const stack = new ExternalStack(ENGINE_EXTERNAL, folder, kubeconfigPath);
  await stack.prepare();
  const seconds: Record<"with" | "without", number[]> = { with: [], without: [] };
  for (let run = 0; run <= PAIRS; run += 1)
    for (const side of ["without", "with"] as const) {
      await stack.configure({ dashboards: side === "with" });
      const took = await timed(() => stack.preview());
      process.stderr.write(`${side} the dashboards: ${took.toFixed(1)} s\n`);
      if (run > 0) seconds[side].push(took);
    }
  const table = newTable(["preview, objects in a Kibana of others", "median", "min", "max"]);
  table.push(row("all but the dashboards", seconds.without), row("with the dashboards", seconds.with));
  console.log(table.toString());
  const ratio = median(seconds.with.map((took, run) => took / seconds.without[run]!));
  const held = ratio <= DASHBOARDS_BOUND;
  const verdict = held ? "held" : "NOT HELD";
  console.log(`ratio ${ratio.toFixed(2)} (median of ${PAIRS} pairs), bound ${DASHBOARDS_BOUND}: ${verdict}`);
  return held;
}

/** Seconds of each, after one that is not counted. */
async function previews(stack: LocalStack): Promise<number[]> {
  const preview = () => runOperation(stack, "preview");
  await preview();
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run += 1) seconds.push(await timed(preview));
  return seconds;
}
