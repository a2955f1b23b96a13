import * as fs from "node:fs";
import { clusterOf } from "../../components/cluster/stack-cluster";
import { loadFromFile } from "../../components/core/config/load";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { EksStack } from "../../test/rigs/eks/eks-stack";
import { checkoutFolder } from "../dev/cluster/folders";
import type { Operation } from "../dev/engine/local-stack";
import { writeRawCluster } from "./bare-program";
import { compareWarm, runOperation } from "./warm-previews";

const RUNS = Number(process.env["PREVIEW_BENCH_RUNS"] ?? 5);
const NAME = "bench-eks";
const BOUND = 1.3;

/**
 * Warm previews of a stack that makes an EKS cluster and nothing on it, against a program with the same resources, each raw;
 * in turn, on stand-ins of AWS in one account.
 */
export async function benchEks(): Promise<boolean> {
  const stack = await EksStack.start({ name: NAME });
  let program: string | undefined;
  try {
    stack.configure({
      eks: { nodeGroups: [{ name: "al2023" }, { name: "bottlerocket", os: "bottlerocket" }] },
    });
    await succeeds(stack, "up");
    program = writeRawCluster(bareCluster(stack.configFile));
    const bare = stack.beside("bench-eks-bare", program);
    await runOperation(bare, "up");
    const resources = await stack.resources();
    const objects = resources.filter(({ type }) => /^(aws|kubernetes):/.test(type)).length;
    const ours = {
      title: "the EKS part of a stack",
      preview: () => succeeds(stack, "preview", ["--expect-no-changes"]),
    };
    const baseline = {
      title: "the same resources of AWS and the StorageClass, raw",
      preview: () => runOperation(bare, "preview", ["--expect-no-changes"]),
    };
    return await compareWarm([ours, baseline], { objects, runs: RUNS, bound: BOUND });
  } finally {
    await stack.stop();
    for (const left of program ? [program, checkoutFolder(program)] : [])
      fs.rmSync(left, { recursive: true, force: true });
  }
}

async function succeeds(stack: EksStack, operation: Operation, args: readonly string[] = []): Promise<void> {
  const { code, output } = await stack.run(operation, args);
  if (code !== 0) throw new Error(`pulumi ${operation} failed:\n${output}`);
}

/** The cluster of a stack's config under another name, beside which it can stand. */
function bareCluster(configFile: string) {
  const raw = loadFromFile(configFile);
  const settings = parseConfig(raw, FEATURES);
  const { envelope } = settings;
  const global = { ...envelope.global, clusterName: "bench-bare" };
  const cluster = clusterOf({ ...settings, envelope: { ...envelope, global } }, plan(settings));
  if (!cluster) throw new Error("the stack makes no cluster");
  return cluster;
}
