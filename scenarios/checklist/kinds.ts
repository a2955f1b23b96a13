import { currentRows } from "../check/current";
import { type Evidence, type Indices, look } from "../check/expectation";
import { fieldOf } from "../check/fields";
import { isDetected, type ScenarioResult } from "../check/run";
import type { Json, Store } from "../check/store";
import type { Expectation } from "../model/scenario-schema";

/** What an item of the checklist is evaluated from. */
export interface Facts {
  store: Store;
  indices: Indices;
  clusterName?: string;
  now: Date;
  results: readonly ScenarioResult[];
  /** Namespaces of the cluster with workloads, where the cluster was asked. */
  workloadNamespaces?: readonly string[];
}

export interface Outcome {
  verdict: "pass" | "fail" | "not run";
  why: string[];
  evidence: Evidence[];
}

export type Check = (facts: Facts) => Promise<Outcome>;

export const pass = (evidence: Evidence[], why: string[] = []): Outcome => ({
  verdict: "pass",
  why,
  evidence,
});
export const fail = (why: string[], evidence: Evidence[] = []): Outcome => ({
  verdict: "fail",
  why,
  evidence,
});
export const notRun = (why: string): Outcome => ({ verdict: "not run", why: [why], evidence: [] });

type Wanted = Omit<Expectation, "what" | "min" | "withinSeconds" | "query" | "current" | "notRun"> & {
  /** As {@link Expectation}: rows that came up at any time and are there. */
  current?: boolean;
  index: Expectation["query"]["index"];
  filter: Json[];
};

/** There are documents with these fields. Without a single document of the tool, `orNotRun` says what to wait for. */
export function documents(wanted: Wanted, orNotRun?: string): Check {
  return async (facts) => {
    if (orNotRun && (await countOf(facts, wanted, [])) === 0) return notRun(orNotRun);
    const { tool, index, filter, lookbackSeconds, fields, current = false } = wanted;
    const query = {
      description: "of the checklist",
      index,
      query: { bool: { filter: [ofTool(tool), ...filter] } },
    };
    const expectation: Expectation = {
      ...{ tool, what: "a document", query, min: 1, lookbackSeconds, fields, current },
      withinSeconds: lookbackSeconds,
    };
    const finding = await look(expectation, facts.store, scopeOf(facts));
    return finding.holds ? pass([finding.evidence]) : fail(finding.why, [finding.evidence]);
  };
}

/** No document is among those of the filter for which this does not hold, and there is one at least. */
export function every(wanted: Wanted, must: Json, otherwise: string, orNotRun: string): Check {
  return async (facts) => {
    const all = await countOf(facts, wanted, wanted.filter);
    if (all === 0) return notRun(orNotRun);
    const wrong = await countOf(facts, wanted, [...wanted.filter, { bool: { must_not: [must] } }]);
    const query = queryOf(facts, wanted, wanted.filter);
    const evidence = [{ index: facts.indices[wanted.index], query, documents: [] }];
    return wrong === 0
      ? pass(evidence, [`${all} documents`])
      : fail([`${wrong} of ${all} ${otherwise}`], evidence);
  };
}

/** Each host that the tool tells of has a document of the filter. */
export function onEachHost(wanted: Wanted): Check {
  return async (facts) => {
    const all = await hosts(facts, wanted, []);
    const having = wanted.current
      ? await hostsWithRows(facts, wanted, all)
      : await hosts(facts, wanted, wanted.filter);
    if (all.length === 0) return fail([`no document of ${wanted.tool}`]);
    const missing = all.filter((host) => !having.includes(host));
    const query = queryOf(facts, wanted, wanted.filter);
    const evidence = [{ index: facts.indices[wanted.index], query, documents: [] }];
    return missing.length === 0
      ? pass(evidence, [`hosts: ${all.join(", ")}`])
      : fail([`not of ${missing.join(", ")}`], evidence);
  };
}

/** A scenario was seen by each of the tools within the time. */
export function seenBy(scenario: string, tools: readonly string[], seconds: number): Check {
  return async ({ results }) => {
    const result = results.find(({ id }) => id === scenario);
    if (!result || result.status === "not run") return notRun(`${scenario} was not part of this run`);
    if (result.status === "error") return notRun(`${scenario} could not be carried out: ${result.error}`);
    const off = result.expectations.find((one) => tools.includes(one.tool) && one.status === "not run");
    if (off) return notRun(`${off.tool}: ${off.what}: ${off.why.join("; ")}`);
    const missing = tools.flatMap((tool) => {
      const failed = result.expectations.filter((one) => one.tool === tool && !isSeen(one, seconds));
      return failed.map(
        ({ what, why }) => `${tool}: ${what}: ${why.join("; ") || `later than ${seconds} s`}`,
      );
    });
    const evidence = result.expectations.map((one) => one.evidence);
    return missing.length === 0 ? pass(evidence) : fail(missing, evidence);
  };
}

function isSeen(
  { status, latencySeconds }: ScenarioResult["expectations"][number],
  seconds: number,
): boolean {
  return status === "passed" && (latencySeconds ?? 0) <= seconds;
}

/** So many of the scenarios were seen by the sensors. */
export function detected(scenarios: readonly string[], least: number): Check {
  return async ({ results }) => {
    const run = results.filter(({ id }) => scenarios.includes(id));
    if (run.length < scenarios.length)
      return notRun(`${run.length} of ${scenarios.length} scenarios were run`);
    const passed = run.filter(isDetected);
    const missed = run.filter((result) => !isDetected(result)).map(({ id }) => id);
    const why = [
      `${passed.length} of ${run.length} detected${missed.length > 0 ? `, not ${missed.join(", ")}` : ""}`,
    ];
    if (passed.length >= least) return pass([], why);
    const notPossible = run.filter(({ status }) => status === "not run").length;
    return passed.length + notPossible >= least ? notRun(`${why}, ${notPossible} not run`) : fail(why);
  };
}

/** An image was scanned in each namespace of the cluster that has workloads; what was found is no matter. */
export function everyNamespaceScanned(wanted: Wanted): Check {
  return async (facts) => {
    const { workloadNamespaces } = facts;
    if (!workloadNamespaces) return notRun("the cluster was not asked for its namespaces: a replay has none");
    const found = await termsOf(facts, wanted, wanted.filter, "kubernetes.namespace");
    if (found.length === 0) return notRun("Trivy has reported nothing yet");
    const missing = workloadNamespaces.filter((name) => !found.includes(name));
    const query = queryOf(facts, wanted, wanted.filter);
    const evidence = [{ index: facts.indices[wanted.index], query, documents: [] }];
    return missing.length === 0 ? pass(evidence) : fail([`no image of ${missing.join(", ")}`], evidence);
  };
}

/** Passes when all of them do. */
export function all(...checks: Check[]): Check {
  return async (facts) => {
    const outcomes = await Promise.all(checks.map((check) => check(facts)));
    const verdicts = outcomes.map(({ verdict }) => verdict);
    const verdict = (["fail", "not run"] as const).find((one) => verdicts.includes(one)) ?? "pass";
    return {
      verdict,
      why: outcomes.flatMap(({ why }) => why),
      evidence: outcomes.flatMap(({ evidence }) => evidence),
    };
  };
}

const ofTool = (tool: string): Json => ({ term: { "labels.security_tool": tool } });

function scopeOf({ indices, clusterName, now }: Facts) {
  return { indices, clusterName, since: now };
}

function queryOf({ clusterName, now }: Facts, { tool, lookbackSeconds }: Wanted, filter: Json[]): Json {
  const gte = new Date(now.getTime() - lookbackSeconds * 1000).toISOString();
  const cluster = clusterName ? [{ term: { "orchestrator.cluster.name": clusterName } }] : [];
  return { bool: { filter: [ofTool(tool), ...filter, { range: { "@timestamp": { gte } } }, ...cluster] } };
}

async function countOf(facts: Facts, wanted: Wanted, filter: Json[]): Promise<number> {
  const body = { query: queryOf(facts, wanted, filter), size: 0 };
  return (await facts.store.search(facts.indices[wanted.index], body)).total;
}

const hosts = (facts: Facts, wanted: Wanted, filter: Json[]) => termsOf(facts, wanted, filter, "host.name");

/** Of the hosts those that have a current row. */
async function hostsWithRows(facts: Facts, wanted: Wanted, all: readonly string[]): Promise<string[]> {
  const { clusterName } = facts;
  const cluster = clusterName ? [{ term: { "orchestrator.cluster.name": clusterName } }] : [];
  const having: string[] = [];
  for (const host of all) {
    const filter = [ofTool(wanted.tool), ...wanted.filter, { term: { "host.name": host } }, ...cluster];
    for await (const rows of currentRows(facts.store, facts.indices[wanted.index], filter)) {
      if (rows.length === 0) continue;
      having.push(host);
      break;
    }
  }
  return having;
}

async function termsOf(facts: Facts, wanted: Wanted, filter: Json[], field: string): Promise<string[]> {
  const aggs = { values: { terms: { field, size: 1000 } } };
  const body = { query: queryOf(facts, wanted, filter), size: 0, aggs };
  const { aggregations } = await facts.store.search(facts.indices[wanted.index], body);
  const buckets = fieldOf(aggregations ?? {}, "values.buckets") as { key: string }[] | undefined;
  return (buckets ?? []).map(({ key }) => key);
}
