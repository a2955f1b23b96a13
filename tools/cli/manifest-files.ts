import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments, type Tags } from "yaml";
import { isMap, listAt, textAt } from "../../policy-pack/kubernetes/read";
import { Fault } from "../dev/cluster/fault";
import { type ChartOptions, isChart, renderChart } from "./chart-manifests";

export interface ManifestFiles {
  manifests: object[];
  /** Documents that are no Kubernetes objects, as `file, document 2`. */
  others: string[];
}

/**
 * Kubernetes manifests from files, folders (with all YAML and JSON files and unpacked charts below), Helm charts and "-" for stdin. Lists are
 * taken apart.
 * @throws Fault where one can't be read or is neither YAML nor JSON, or a chart can't be rendered.
 */
export function readManifests(
  names: readonly string[],
  chartOptions: ChartOptions = NO_VALUES,
): ManifestFiles {
  const found: ManifestFiles = { manifests: [], others: [] };
  for (const [name, text] of names.flatMap((name) => textsOf(name, chartOptions)))
    for (const [index, document] of documentsOf(name, text).entries()) {
      if (document === null || document === undefined) continue;
      const objects = objectsOf(document);
      if (objects.length > 0) found.manifests.push(...objects);
      else if (!isEmptyList(document)) found.others.push(`${name}, document ${index + 1}`);
    }
  return found;
}

const NO_VALUES: ChartOptions = { values: [], namespace: "default" };

function textsOf(name: string, chartOptions: ChartOptions): [name: string, text: string][] {
  return filesOf(name).map((file) => [
    file,
    isChart(file) ? renderChart(file, chartOptions) : fs.readFileSync(file === "-" ? 0 : file, "utf8"),
  ]);
}

/** The file, or what is in the folder: files, and charts as a whole. */
function filesOf(name: string): string[] {
  if (name === "-" || isChart(name)) return [name];
  const stat = fs.statSync(name, { throwIfNoEntry: false });
  if (!stat)
    throw new Fault(`There is no file ${name}.`, { fix: "Give files, folders, charts, or - for stdin." });
  if (!stat.isDirectory()) return [name];
  const entries = fs.readdirSync(name, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const below = path.join(name, entry.name);
    if (entry.isDirectory()) return filesOf(below);
    const isFile = fs.statSync(below, { throwIfNoEntry: false })?.isFile();
    return isFile && /\.(ya?ml|json)$/.test(entry.name) ? [below] : [];
  });
}

function documentsOf(name: string, text: string): unknown[] {
  const json = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  if (json !== undefined) return [json];
  const documents = parseAllDocuments(text, { ...KUBECTL, logLevel: "error" });
  return [...documents].map((document) => {
    const problem = document.errors[0];
    if (problem) throw unreadable(name, problem.message.split("\n")[0] ?? "");
    try {
      return document.toJS();
    } catch (error) {
      // Aliases that multiply, or that lead nowhere.
      throw unreadable(name, error instanceof Error ? error.message : String(error));
    }
  });
}

/** What kubectl reads (sigs.k8s.io/yaml): YAML 1.1, in which `yes` is true, but without its times and base 60. */
const KUBECTL = {
  version: "1.1",
  merge: true,
  customTags: (tags: Tags): Tags =>
    tags.filter(
      (tag) =>
        typeof tag === "string" || !(tag.tag === "tag:yaml.org,2002:timestamp" || tag.format === "TIME"),
    ),
} as const;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(name: string, why: string): Fault {
  return new Fault(`${name === "-" ? "stdin" : name} is not valid YAML: ${why}`, {
    where: name,
    fix: "Give rendered manifests: `helm template CHART | npm run policy:check -- -`, `kustomize build FOLDER | ...`.",
  });
}

function objectsOf(document: unknown): object[] {
  if (!isMap(document)) return [];
  const kind = textAt(document, "kind");
  const apiVersion = textAt(document, "apiVersion");
  // What kustomize reads itself looks like an object and is none.
  if (!kind || !apiVersion || apiVersion.startsWith("kustomize.config.k8s.io/")) return [];
  if (!kind.endsWith("List") || !Array.isArray(document["items"])) return [document];
  // The items of a typed list do not say what they are.
  const defaults = { apiVersion: document["apiVersion"], kind: kind.slice(0, -"List".length) };
  return listAt(document, "items").flatMap((item) =>
    isMap(item) ? objectsOf({ ...defaults, ...item }) : [],
  );
}

function isEmptyList(document: unknown): boolean {
  return isMap(document) && Array.isArray(document["items"]) && document["items"].length === 0;
}
