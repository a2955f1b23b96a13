import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { engineHome } from "../dev/engine/home";
import { LocalStack } from "../dev/engine/local-stack";
import { EXTERNAL_OUTPUT } from "../dev/engine/stack-config";
import { newTable } from "../dev/table";
import { row, runOperation, timed, writeDevStack } from "./warm-previews";

const RUNS = 3;
const ENGINE = "bench-elastic";

/** The dev stack with less and with more of Elasticsearch: `output` of its config. */
const VARIANTS: readonly { title: string; output: object }[] = [
  { title: "one that exists, nothing made in it", output: EXTERNAL_OUTPUT },
  { title: "managed, nothing made in it", output: managed({ enabled: false }) },
  { title: "managed, with all but the dashboards", output: managed({ dashboards: false }) },
  { title: "managed, with the five dashboards", output: managed({}) },
];

function managed(objects: object): object {
  return { elasticsearch: { managed: { preset: "poc" }, objects } };
}

/** What Elasticsearch and what is in it add to the first preview of the dev stack; there is no bound. */
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
    return true;
  } finally {
    await cluster.stop();
    for (const left of [folder, engineHome(ENGINE).folder]) fs.rmSync(left, { recursive: true, force: true });
  }
}

/** Seconds of each, after one that is not counted. */
async function previews(stack: LocalStack): Promise<number[]> {
  const preview = () => runOperation(stack, "preview");
  await preview();
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run += 1) seconds.push(await timed(preview));
  return seconds;
}
