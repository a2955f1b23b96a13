import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ConfigError } from "../../../components/core/config/config-error";
import { loadFromFile } from "../../../components/core/config/load";
import { parseConfig } from "../../../components/core/config/parse";
import { plan } from "../../../components/core/plan/plan";
import { FEATURES } from "../../../components/registry";
import { catalog } from "../toolchain/all-tools";
import { ensureTools, type ToolName } from "../toolchain/ensure";
import { type EngineHome, link } from "./home";

/**
 * The chart packages of the toolchain that a stack config needs: none where no feature with a chart is on, where
 * `global.charts` names a place of the user's, or where the config is not valid, which the program will say.
 */
export function chartTools(configFile: string): ToolName[] {
  try {
    const settings = parseConfig(loadFromFile(configFile), FEATURES);
    if (settings.envelope.global.charts !== undefined) return [];
    const charts = plan(settings).features.flatMap(({ contribution }) => contribution.charts ?? []);
    return charts.map(({ source }) => toolOf(basename(source.chart)));
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/**
 * A folder for `global.charts` with the charts that a stack config needs, fetched where they are missing; undefined
 * where it needs none. The embedded cluster gets them from the toolchain, which knows their checksums and can be
 * filled without reaching the charts' repositories.
 */
export async function chartsFolder(
  configFile: string,
  home: EngineHome,
  hasCluster: boolean,
): Promise<string | undefined> {
  const names = chartTools(configFile);
  if (names.length === 0) return undefined;
  const folder = join(home.folder, "charts");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tools = await ensureTools(names);
  for (const name of names) placeChart(tools[name], join(folder, chartOf(name)), hasCluster);
  return folder;
}

/**
 * Puts a chart into a folder. Without a cluster to ask, Helm takes it for Kubernetes 1.20 (helm.sh/helm/v3,
 * pkg/chartutil/capabilities.go), which charts may refuse: then a copy that does not say what it needs, which the
 * stack's own 1.30 is well beyond.
 */
export function placeChart(chart: string, target: string, hasCluster: boolean): void {
  rmSync(target, { recursive: true, force: true });
  if (hasCluster) {
    link(chart, target);
    return;
  }
  cpSync(chart, target, { recursive: true });
  const files = readdirSync(target, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => basename(name) === "Chart.yaml")) {
    const path = join(target, file);
    const text = readFileSync(path, "utf8");
    // The module cache's files are read-only, and so are copies of them.
    rmSync(path);
    writeFileSync(path, text.replace(/^kubeVersion:.*\n/m, ""));
  }
}

const PREFIX = "chart-";

function toolOf(chart: string): ToolName {
  const tool = catalog.find(({ name }) => name === `${PREFIX}${chart}`);
  if (!tool) throw new Error(`the toolchain has no package of the chart ${chart}`);
  return tool.name as ToolName;
}

function chartOf(tool: ToolName): string {
  return tool.slice(PREFIX.length);
}
