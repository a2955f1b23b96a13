import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { Fault } from "../dev/cluster/fault";

/** What a chart is rendered with. */
export interface ChartOptions {
  /** Files of values, the later ones over the earlier ones. */
  values: readonly string[];
  namespace: string;
}

/** More than the manifests of the largest charts, with their definitions. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A Helm chart: a folder with a Chart.yaml, a packed one, or one in a registry. */
export function isChart(name: string): boolean {
  return /^oci:\/\//.test(name) || /\.tgz$/.test(name) || fs.existsSync(path.join(name, "Chart.yaml"));
}

/**
 * The manifests that Helm makes of a chart, as YAML, with its definitions. Helm is the one in PATH: what the stack renders its
 * own charts with is a part of Pulumi's provider and takes no other chart.
 * @throws Fault where there is no Helm, or it fails
 */
export function renderChart(chart: string, { values, namespace }: ChartOptions): string {
  const files = values.flatMap((file) => ["--values", file]);
  const args = ["template", "check", chart, "--namespace", namespace, "--include-crds", ...files];
  const { status, stdout, stderr, error } = spawnSync("helm", args, {
    encoding: "utf8",
    maxBuffer: MAX_BYTES,
  });
  if (error && "code" in error && error.code === "ENOENT")
    throw new Fault(`${chart} is a Helm chart, and there is no \`helm\` in PATH.`, {
      fix: "Install Helm (https://helm.sh/docs/intro/install), or render the chart elsewhere: `helm template CHART | npm run policy:check -- -`.",
    });
  if (error || status !== 0)
    throw new Fault(`Helm does not render ${chart}: ${error?.message ?? stderr.trim()}`, {
      where: ["helm", ...args].join(" "),
      fix: "Give the values that the chart asks for with --values, and run `helm dependency build` where it has dependencies.",
    });
  return stdout;
}
