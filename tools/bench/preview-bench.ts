import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { startCluster } from "../dev/cluster/embedded-cluster";
import { checkoutFolder } from "../dev/cluster/folders";
import { engineHome } from "../dev/engine/home";
import { LocalStack, type StateResource } from "../dev/engine/local-stack";
import { writeBareProgram, writeRawProgram } from "./bare-program";
import { PeakMemory } from "./measure";
import { compareWarm, devFeatures, devStackWith, kubernetesObjects, runOperation } from "./warm-previews";

const RUNS = Number(process.env["PREVIEW_BENCH_RUNS"] ?? 5);
const ENGINE = "bench";
/** The first slice: what was there before the features with charts. */
const SLICE = ["otel_pipeline", "falco"];
const ZERO_TRUST = ["cilium", "istio", "gatekeeper", "pod_admission"];

interface Comparison {
  title: string;
  features: readonly string[];
  /** What it is measured against. */
  baseline: string;
  bound: number;
  /** Writes the baseline's program for the objects of ours; returns its folder. */
  program(objects: readonly StateResource[]): string;
}

const comparisons = (): Comparison[] => [
  {
    title: "Falco and the pipeline",
    features: SLICE,
    baseline: "as many ConfigMaps",
    bound: 1.3,
    program: (objects) => writeBareProgram(objects.length),
  },
  {
    title: "full stack, three charts",
    features: devFeatures(),
    baseline: "the same objects, raw",
    bound: 1.5,
    program: writeRawProgram,
  },
  {
    title: "zero trust: network, mesh and admission beside the slice",
    features: [...SLICE, ...ZERO_TRUST],
    baseline: "the same objects, raw",
    bound: 1.5,
    program: writeRawProgram,
  },
];

/** Warm previews of the dev stack against bare programs with as many, or the same, objects; in turn, on one cluster. */
export async function benchPreview(): Promise<boolean> {
  const cluster = await startCluster({ name: "bench", ephemeral: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  try {
    let held = true;
    for (const comparison of comparisons())
      held = (await compare(comparison, cluster.kubeconfigPath, folder)) && held;
    return held;
  } finally {
    await cluster.stop();
    for (const left of [folder, engineHome(ENGINE).folder]) fs.rmSync(left, { recursive: true, force: true });
  }
}

async function compare(comparison: Comparison, kubeconfigPath: string, folder: string): Promise<boolean> {
  const peak = new PeakMemory();
  const configFile = devStackWith(comparison.features, folder);
  // Either side takes over objects that are there already from the other, as neither ever does in a preview.
  const force = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };
  const ours = new LocalStack({ kubeconfigPath, configFile, engine: ENGINE, env: { ...peak.env, ...force } });
  let program: string | undefined;
  try {
    await runOperation(ours, "up");
    const objects = await kubernetesObjects(ours);
    program = comparison.program(objects);
    const bare = new LocalStack({ kubeconfigPath, engine: "bench-bare", directory: program, env: force });
    await runOperation(bare, "up");
    const side = (title: string, stack: LocalStack) => ({
      title,
      preview: () => runOperation(stack, "preview", ["--expect-no-changes"]),
    });
    const { title, baseline, bound } = comparison;
    const sides = [side(title, ours), side(baseline, bare)] as const;
    const held = await compareWarm(sides, { objects: objects.length, runs: RUNS, bound });
    console.log(`peak memory of the program ${Math.round(peak.megabytes())} MiB`);
    return held;
  } finally {
    peak.remove();
    for (const left of program ? [program, checkoutFolder(program)] : [])
      fs.rmSync(left, { recursive: true, force: true });
  }
}
