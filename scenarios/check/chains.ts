import { CORRELATION, namespaceOf } from "../model/names";
import type { Expectation, ExpectedChain } from "../model/scenario-schema";
import type { Scope } from "./expectation";
import { fieldOf } from "./fields";
import { type FoundChain, foundChain } from "./found-chain";
import { type PollOptions, type Verdict, waitFor } from "./poll";
import type { Json, Store } from "./store";

/** When the events of an attack happened: a chain that ends then is of it. */
export interface Attacked {
  since: Date;
  until: Date;
  /** See {@link Scope}. */
  isDatedBack?: boolean;
}

/** What came of an expected chain. */
export interface ChainVerdict extends Verdict {
  rule: string;
}

const ONCE = "a rule finds the same in one pod once in an hour of the clock";
const NOT_VULNERABLE = "no open critical vulnerability with a fix is known of what is attacked";

const HOUR = 3_600_000;

/** Open critical vulnerabilities for which there is a fix: what the rule asks of the image (the state `exploitable-vulnerability`). */
export const EXPLOITABLE: readonly Json[] = [
  { term: { "vulnerability.state": "open" } },
  { term: { "event.severity": 5 } },
  { exists: { field: "vulnerability.fixedVersion" } },
];

/** Of an expected chain, in words: "chain: two-sensors T1528". */
export function chainName({ rule, technique }: Pick<ExpectedChain, "rule" | "technique">): string {
  return `chain: ${technique === undefined ? rule : `${rule} ${technique}`}`;
}

/**
 * Waits for a chain that ends while the attack goes on. A rule finds the same in one pod once within an hour of the clock
 * (components/correlation): where it was found before the attack, nothing can come of it, which is "not run" and not "passed".
 */
export async function waitForChain(
  chain: ExpectedChain,
  attacked: Attacked,
  store: Store,
  scope: Scope,
  poll: PollOptions,
): Promise<ChainVerdict> {
  const where = { ...scope, ...attacked };
  const excuse = chain.notRun ?? (await notVulnerable(chain, store, scope));
  const verdict = await waitFor(
    { ...expectationOf(chain, attacked.since), notRun: excuse },
    store,
    where,
    poll,
  );
  const { rule } = chain;
  if (verdict.status === "not run") return { ...verdict, rule };
  if (verdict.status === "failed") {
    const why = await notVulnerable(chain, store, scope, attacked);
    return why === undefined ? { ...verdict, rule } : notRun(verdict, rule, why);
  }
  const { documents } = verdict.evidence;
  const own = documents.filter(({ time }) => Date.parse(time) >= attacked.since.getTime());
  const [first] = own;
  if (!first) return notRun(verdict, rule, `${ONCE}: found at ${documents[0]?.time}`);
  const [found] = await readChains([first.id], store, scope).catch(() => []);
  return { ...verdict, rule, evidence: { ...verdict.evidence, documents: own }, chain: found };
}

/** Chains by the ids of their documents, as the store has them now. */
export async function readChains(
  ids: readonly string[],
  store: Store,
  { indices }: Pick<Scope, "indices">,
): Promise<FoundChain[]> {
  const body = { query: chainsById(ids), size: ids.length };
  const { hits } = await store.search(indices.correlations, body);
  return hits.map(({ _source }) => foundChain(_source));
}

export function chainsById(ids: readonly string[]): Json {
  return { ids: { values: [...ids] } };
}

/** The chain as what has to be in the store, from the beginning of the hour of the clock in which the attack begins. */
function expectationOf(chain: ExpectedChain, since: Date): Expectation {
  const { rule, pod, user, technique, withinSeconds } = chain;
  const terms: Record<string, string> = {
    "labels.security_tool": CORRELATION,
    "event.dataset": "correlation.chain",
    "rule.name": rule,
    ...(pod && { "kubernetes.namespace": namespaceOf(pod), "kubernetes.pod.name": pod }),
    ...(user && { "user.name": user }),
    ...(technique && { "correlation.key": `threat.technique.id=${technique}` }),
  };
  const filter = Object.entries(terms).map(([field, value]) => ({ term: { [field]: value } }));
  return {
    tool: CORRELATION,
    what: chainName(chain),
    query: { description: "A chain of events", index: "correlations", query: { bool: { filter } } },
    min: 1,
    withinSeconds,
    lookbackSeconds: (since.getTime() % HOUR) / 1000,
    current: false,
    fields: {},
  };
}

function notRun(verdict: Verdict, rule: string, why: string): ChainVerdict {
  const { latencySeconds: _, ...rest } = verdict;
  return { ...rest, rule, status: "not run", count: 0, why: [why] };
}

/**
 * Why nothing can be found of a rule that asks for a vulnerability: none is known in the namespace or, with `attacked`, none
 * of what was attacked. Undefined where one is known, and where the store does not answer: what waits for the chain says so.
 */
async function notVulnerable(
  { whereVulnerable, pod }: ExpectedChain,
  store: Store,
  { indices, clusterName }: Scope,
  attacked?: Attacked,
): Promise<string | undefined> {
  if (!whereVulnerable || pod === undefined) return undefined;
  const ofCluster = clusterName ? [{ term: { "orchestrator.cluster.name": clusterName } }] : [];
  const inNamespace = [{ term: { "kubernetes.namespace": namespaceOf(pod) } }, ...ofCluster];
  try {
    const images = await imagesOf(store, indices.vulnerabilities, [...EXPLOITABLE, ...inNamespace]);
    if (images.length === 0) return NOT_VULNERABLE;
    if (!attacked) return undefined;
    const range = { gte: attacked.since.toISOString(), lte: attacked.until.toISOString() };
    const events = [
      { term: { "kubernetes.pod.name": pod } },
      { range: { "@timestamp": range } },
      ...inNamespace,
    ];
    const seen = await imagesOf(store, indices.events, events);
    return seen.length > 0 && !seen.some((image) => images.includes(image)) ? NOT_VULNERABLE : undefined;
  } catch {
    return undefined;
  }
}

async function imagesOf(store: Store, index: string, filter: readonly Json[]): Promise<string[]> {
  const aggs = { images: { terms: { field: "container.image.name", size: 1000 } } };
  const { aggregations } = await store.search(index, { query: { bool: { filter } }, size: 0, aggs });
  const buckets = fieldOf(aggregations ?? {}, "images.buckets") as { key: string }[] | undefined;
  return (buckets ?? []).map(({ key }) => key);
}
