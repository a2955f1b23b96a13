import { Command } from "commander";
import { benchCorrelation } from "./correlation";
import { benchEks } from "./eks-preview";
import { benchElastic } from "./elastic";
import { benchKafka } from "./kafka";
import { benchNotify } from "./notify";
import { benchAudit, benchPipeline } from "./pipeline";
import { benchPolicy } from "./policy";
import { benchPreview } from "./preview-bench";
import { benchReporter } from "./reporter";
import { benchScenarios } from "./scenarios";
import { benchUp } from "./up";

/** Every benchmark by name; each prints its figures and returns whether they hold. */
const BENCHMARKS: Readonly<Record<string, () => Promise<boolean>>> = {
  preview: benchPreview,
  eks: benchEks,
  up: benchUp,
  elastic: benchElastic,
  policy: benchPolicy,
  reporter: benchReporter,
  correlation: benchCorrelation,
  pipeline: benchPipeline,
  kafka: benchKafka,
  audit: benchAudit,
  notify: benchNotify,
  scenarios: benchScenarios,
};

/** `npm run bench`: the figures of docs/figures.md. Exit code 1 where one is over its bound. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm run bench --")
    .description(
      "Measures the figures of docs/figures.md. Each is a ratio against a baseline in the same run, median of 5.",
    )
    .argument("[names...]", `which ones: ${Object.keys(BENCHMARKS).join(", ")}; all by default`)
    .parse(args, { from: "user" });
  const names = command.args.length > 0 ? command.args : Object.keys(BENCHMARKS);
  let held = true;
  for (const name of names) {
    const benchmark = BENCHMARKS[name];
    if (!benchmark)
      throw new Error(`There is no benchmark "${name}": use ${Object.keys(BENCHMARKS).join(", ")}.`);
    held = (await benchmark()) && held;
  }
  return held ? 0 : 1;
}
