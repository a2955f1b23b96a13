import { parseQuantity } from "../../kubernetes/quantity";
import type { Feature } from "../contract/feature";
import { namespacesOf } from "../contract/namespaces";
import { mergeOverrides, NODE_AGENT, type Override } from "../plan/overrides";
import { SIZING } from "../tables/sizing";
import type { ConfigIssue } from "./config-error";
import type { ConfiguredFeature } from "./configured-feature";
import type { Envelope } from "./envelope-schema";
import { formatPath, isRecord, nearestName } from "./issues";

type Values = Readonly<Record<string, unknown>>;

/** What no schema can say of `features` and `toggle`: names, duplicates and what requires what. */
export function checkFeatures(
  values: Values,
  features: readonly ConfiguredFeature[],
  registry: readonly Feature[],
): ConfigIssue[] {
  // A feature that is configured elsewhere in the envelope has no entry: its config there would be ignored.
  const listed = registry.filter((feature) => feature.schema).map((feature) => feature.name);
  const known = registry.map((feature) => feature.name);
  return [
    ...checkEntries(values["features"], listed),
    ...checkToggles(values["toggle"], known),
    ...checkRequires(features),
  ];
}

function checkEntries(value: unknown, known: readonly string[]): ConfigIssue[] {
  if (!Array.isArray(value)) return [];
  const seen = new Map<string, number>();
  const issues: ConfigIssue[] = [];
  for (const [index, entry] of value.entries()) {
    if (!isRecord(entry) || typeof entry["name"] !== "string") continue;
    const name = entry["name"];
    const path = formatPath(["features", index, "name"]);
    const first = seen.get(name);
    if (!known.includes(name)) issues.push(unknownFeature(path, name, known));
    if (first !== undefined)
      issues.push({
        code: "CFG006",
        path,
        found: `"${name}", also at features[${first}]`,
        allowed: "each feature once",
      });
    seen.set(name, first ?? index);
  }
  return issues;
}

function checkToggles(value: unknown, known: readonly string[]): ConfigIssue[] {
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => unknownFeature(formatPath(["toggle", name]), name, known));
}

function unknownFeature(path: string, name: string, known: readonly string[]): ConfigIssue {
  return {
    code: "CFG005",
    path,
    found: `"${name}"`,
    allowed: known.join(", "),
    nearest: nearestName(name, known),
  };
}

function checkRequires(features: readonly ConfiguredFeature[]): ConfigIssue[] {
  const enabled = new Map(features.filter((f) => f.enabled).map((f) => [f.feature.name, f.feature]));
  const issues: ConfigIssue[] = [];
  for (const feature of enabled.values()) {
    for (const required of feature.requires ?? []) {
      if (enabled.has(required)) continue;
      issues.push({
        code: "CFG007",
        path: formatPath(["toggle", required]),
        found: `${feature.name} is on and requires ${required}, which is off`,
        fix: `pulumi config set --path ${formatPath(["toggle", required])} true, or switch ${feature.name} off`,
      });
    }
  }
  return [...issues, ...findCycles(enabled)];
}

function findCycles(enabled: ReadonlyMap<string, Feature>): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      const cycle = [...trail.slice(start), name].join(" -> ");
      issues.push({
        code: "CFG008",
        path: formatPath(["features"]),
        found: cycle,
        allowed: "no cycle in `requires`",
      });
      return;
    }
    if (done.has(name)) return;
    for (const required of enabled.get(name)?.requires ?? []) visit(required, [...trail, name]);
    done.add(name);
  };
  for (const name of enabled.keys()) visit(name, []);
  return issues;
}

/** What no schema can say of `output`: that somebody runs an Elasticsearch, and that one side makes its keys. */
export function checkOutput(
  { global, output }: Envelope,
  features: readonly ConfiguredFeature[],
): ConfigIssue[] {
  const { endpoints, apiKey, managed, objects } = output.elasticsearch;
  const namespaces = namespacesOf(global);
  const storeOf = ({ bound }: ConfiguredFeature) => bound?.store(namespaces) ?? {};
  const runsStore = (feature: ConfiguredFeature) => storeOf(feature).endpoints !== undefined;
  const given = features.filter(({ enabled }) => enabled).map(storeOf);
  const issues: ConfigIssue[] = [];
  if (endpoints === undefined && !given.some((store) => store.endpoints))
    issues.push(...(managed ? checkSwitchedOff(features, runsStore) : [noStore()]));
  // The managed one gets a user of the program's own.
  for (const key of ["username", "password"] as const)
    if (objects.enabled && !managed && objects[key] === undefined)
      issues.push({
        code: "CFG004",
        path: formatPath(["output", "elasticsearch", "objects", key]),
        allowed: "of a user who may make templates, lifecycle policies, roles and API keys",
      });
  if (apiKey !== undefined && given.some((store) => store.makesKeys))
    issues.push({
      code: "CFG003",
      path: formatPath(["output", "elasticsearch", "apiKey"]),
      allowed: "none: the program makes the keys itself (output.elasticsearch.objects)",
    });
  return issues;
}

function noStore(): ConfigIssue {
  return {
    code: "CFG004",
    path: formatPath(["output", "elasticsearch", "endpoints"]),
    allowed: "URLs of an Elasticsearch that exists, or `managed` to have one made",
  };
}

/** A managed Elasticsearch is switched off together with all that uses it. */
function checkSwitchedOff(
  features: readonly ConfiguredFeature[],
  runsStore: (feature: ConfiguredFeature) => boolean,
): ConfigIssue[] {
  const toggle = (name: string) => formatPath(["toggle", name]);
  const off = features.filter((entry) => !entry.enabled && runsStore(entry));
  const users = features.filter(({ enabled, feature }) => enabled && feature.usesStore);
  return off.flatMap(({ feature: { name: store } }) =>
    users.map(({ feature: { name } }) => ({
      code: "CFG007",
      path: toggle(store),
      found: `${name} is on and needs the Elasticsearch of output.elasticsearch.managed, which is off`,
      fix: `pulumi config set --path ${toggle(store)} true; or leave it off and switch ${name} off too, or name another Elasticsearch in output.elasticsearch.endpoints`,
    })),
  );
}

/** What no schema can say of `override`: its targets, and that no limit falls below its request. */
export function checkOverrides(values: Values, registry: readonly Feature[]): ConfigIssue[] {
  const overrides = values["override"];
  if (!isRecord(overrides)) return [];
  const targets = [NODE_AGENT, ...registry.flatMap((feature) => feature.workloads)];
  const unknown = Object.keys(overrides)
    .filter((target) => !targets.includes(target))
    .map((target) => ({
      code: "CFG011" as const,
      path: formatPath(["override", target]),
      found: `"${target}"`,
      allowed: targets.join(", "),
      nearest: nearestName(target, targets),
    }));
  return [...unknown, ...checkResources(overrides)];
}

function checkResources(overrides: Values): ConfigIssue[] {
  return Object.entries(SIZING).flatMap(([workload, row]) => {
    const nodeAgent = row.placement !== "cluster" ? overrides[NODE_AGENT] : undefined;
    const layers = [nodeAgent, overrides[workload]].filter(isRecord) as Override[];
    if (layers.length === 0) return [];
    const { requests, limits } = mergeOverrides({ resources: row }, ...layers).resources ?? {};
    return (["cpu", "memory"] as const)
      .filter((resource) => isBelow(limits?.[resource], requests?.[resource]))
      .map((resource) => ({
        code: "CFG009" as const,
        path: formatPath(["override", isRecord(overrides[workload]) ? workload : NODE_AGENT, "resources"]),
        found: `${workload}: ${resource} limit ${limits?.[resource]} is below the request ${requests?.[resource]}`,
        allowed: "a limit of at least the request",
        fix: `set both resources.requests.${resource} and resources.limits.${resource}`,
      }));
  });
}

function isBelow(limit: string | undefined, request: string | undefined): boolean {
  return (parseQuantity(limit ?? "") ?? Number.POSITIVE_INFINITY) < (parseQuantity(request ?? "") ?? 0);
}
