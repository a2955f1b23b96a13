import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { GatekeeperManager } from "../../test/rigs/mesh/gatekeeper-manager";
import { Istiod } from "../../test/rigs/mesh/istiod";
import type { ProgramOfAccount } from "../../test/rigs/mesh/program-of-account";
import { KubeApi } from "../dev/cluster/api";
import { type Cluster, startCluster } from "../dev/cluster/embedded-cluster";
import { checkoutFolder } from "../dev/cluster/folders";
import { targetOfKubeconfig } from "../dev/cluster/kubeconfig";
import { engineHome } from "../dev/engine/home";
import { LocalStack } from "../dev/engine/local-stack";
import { giveObjects, writeBareProgram, writeRawProgram } from "./bare-program";
import { PeakMemory } from "./measure";
import { compareWarm, devFeatures, devStackWith, kubernetesObjects, runOperation } from "./warm-previews";

const RUNS = Number(process.env["PREVIEW_BENCH_RUNS"] ?? 5);
/** A part of the titles of those that are made. */
const ONLY = process.env["PREVIEW_BENCH_ONLY"] ?? "";
const ENGINE = "bench";
/** The first slice: what was there before the features with charts. */
const SLICE = ["otel_pipeline", "falco"];
const ZERO_TRUST = ["cilium", "istio", "gatekeeper", "pod_admission"];

interface Comparison {
  title: string;
  features: readonly string[];
  /** What it is measured against: the same objects as raw resources, or as many ConfigMaps. */
  baseline: "the same objects, raw" | "as many ConfigMaps";
  bound: number;
  /** What the cluster's simulated pods would do and the first update waits for. */
  programs?: readonly ((cluster: Cluster, api: KubeApi) => Promise<{ program: ProgramOfAccount }>)[];
}

const comparisons = (): Comparison[] => [
  {
    title: "Falco and the pipeline",
    features: SLICE,
    baseline: "as many ConfigMaps",
    bound: 1.3,
  },
  {
    title: "full stack, three charts",
    features: devFeatures(),
    baseline: "the same objects, raw",
    bound: 1.5,
  },
  {
    title: "zero trust: network, mesh and admission beside the slice",
    features: [...SLICE, ...ZERO_TRUST],
    baseline: "the same objects, raw",
    bound: 1.5,
    programs: [Istiod.start, GatekeeperManager.start],
  },
];

/** Warm previews of the dev stack against bare programs with as many, or the same, objects; in turn, on one cluster. */
export async function benchPreview(): Promise<boolean> {
  const cluster = await startCluster({ name: "bench", ephemeral: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  try {
    let held = true;
    for (const comparison of comparisons())
      if (comparison.title.includes(ONLY)) held = (await compare(comparison, cluster, folder)) && held;
    return held;
  } finally {
    await cluster.stop();
    for (const left of [folder, engineHome(ENGINE).folder]) fs.rmSync(left, { recursive: true, force: true });
  }
}

async function compare(comparison: Comparison, cluster: Cluster, folder: string): Promise<boolean> {
  const { title, baseline, bound } = comparison;
  const { kubeconfigPath } = cluster;
  const peak = new PeakMemory();
  const configFile = devStackWith(comparison.features, folder);
  const ours = new LocalStack({ kubeconfigPath, configFile, engine: ENGINE, env: peak.env });
  let program: string | undefined;
  try {
    await upBeside(ours, cluster, comparison.programs ?? []);
    const objects = await kubernetesObjects(ours);
    const raw = baseline === "the same objects, raw";
    program = raw ? writeRawProgram() : writeBareProgram(objects.length);
    const bare = new LocalStack({ kubeconfigPath, engine: "bench-bare", directory: program });
    await runOperation(bare, "up");
    if (raw) await giveObjects(bare, program, objects);
    const side = (title: string, stack: LocalStack) => ({
      title,
      preview: () => runOperation(stack, "preview", ["--expect-no-changes"]),
    });
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

/** The first update, with programs that run until it is done. It ends with them: without one it would wait for good. */
async function upBeside(
  stack: LocalStack,
  cluster: Cluster,
  programs: NonNullable<Comparison["programs"]>,
): Promise<void> {
  const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
  const running: ProgramOfAccount[] = [];
  const end = new AbortController();
  const update = runOperation(stack, "up", [], end.signal);
  const starts = programs.map(async (start) => {
    running.push((await start(cluster, api)).program);
  });
  try {
    await Promise.all([update, ...starts]);
  } finally {
    end.abort();
    await Promise.allSettled([update, ...starts]);
    for (const program of running) await program.stop();
    api.close();
  }
}
