import { ATTACKER, CORRELATION } from "../model/names";
import type { Expectation, ExpectedChain, Refusal, Scenario } from "../model/scenario-schema";
import { chainName } from "./chains";

/** The sensors of a stack: of each that is on, the names of its rules, policies or queries where it has such. */
export type Detections = ReadonlyMap<string, readonly string[] | undefined>;

/** What of a document names the rule, policy or query that wrote it, in the words in which it is missed. */
const NAMED_BY = {
  "rule.name": "rule",
  "k8s_audit.rules": "rule",
  "tetragon.policy_name": "policy",
  "osquery.query_name": "query",
} as const;

type Judged = Pick<Scenario, "expectations" | "refusals" | "chains">;

/**
 * The scenarios with a reason on each expectation that the stack can't meet, since what it counts on is off, and on each
 * refusal by what is off.
 */
export function withoutWhatIsOff<T extends Judged>(scenarios: readonly T[], detections: Detections): T[] {
  return excuse(
    scenarios,
    (expectation) => whatIsOff(expectation, detections),
    (refusal) => refusesNot(refusal, detections),
    (chain) => chainIsOff(chain, detections),
  );
}

/** The scenarios but those that are about a feature that is off; there are none of what every stack has. */
export function offered<T extends Judged>(scenarios: readonly T[], detections: Detections): T[] {
  return scenarios.filter(
    ({ refusals }) => refusals.length === 0 || refusals.some(({ by }) => detections.has(by)),
  );
}

/** What brings the lines of every sensor. */
const COLLECTOR = "otel_pipeline";

/** The scenarios with "stand-in" on each expectation of a tool that only acts as if it were there. */
export function withoutStandIns<T extends Judged>(scenarios: readonly T[], standIns: readonly string[]): T[] {
  const reason = (...tools: string[]) =>
    [...tools, COLLECTOR].some((tool) => standIns.includes(tool)) ? "stand-in" : undefined;
  return excuse(
    scenarios,
    ({ tool }) => reason(tool),
    () => undefined,
    ({ takes }) => reason(...takes.map((one) => namesIn(one).tool)),
  );
}

/**
 * The scenarios without attacks on the Kubernetes API itself, which need the rights of a person: an account with so many
 * would be the greatest danger in the cluster.
 */
export function withoutRequests<T extends Judged & Pick<Scenario, "steps">>(scenarios: readonly T[]): T[] {
  const reason = () => "needs a person's rights: npm run scenarios";
  return scenarios.flatMap((scenario) =>
    scenario.steps.some((step) => step.do === "request")
      ? excuse([scenario], reason, reason, reason)
      : [scenario],
  );
}

/** The scenarios with the name of the user that the attacks are made as, where it is expected. */
export function madeBy<T extends Pick<Scenario, "expectations" | "chains">>(
  scenarios: readonly T[],
  user: string,
): T[] {
  return scenarios.map((scenario) => ({
    ...scenario,
    expectations: scenario.expectations.map((one) => ({
      ...one,
      fields: Object.fromEntries(
        Object.entries(one.fields).map(([field, rule]) => [field, rule === ATTACKER ? user : rule]),
      ),
    })),
    chains: scenario.chains.map((chain) => (chain.user === ATTACKER ? { ...chain, user } : chain)),
  }));
}

/** What can't be found, a line each: "validate-shell: falco: alert: shell: not run: falco is off". */
export function excuses(scenarios: readonly (Judged & Pick<Scenario, "id">)[]): string[] {
  return scenarios.flatMap(({ id, expectations, refusals, chains }) =>
    [
      ...refusals.map(({ by, ...one }) => ({ tool: by, ...one })),
      ...expectations,
      ...chains.map(({ notRun, ...chain }) => ({ tool: CORRELATION, what: chainName(chain), notRun })),
    ].flatMap(({ tool, what, notRun }) => (notRun ? [`${id}: ${tool}: ${what}: not run: ${notRun}`] : [])),
  );
}

function excuse<T extends Judged>(
  scenarios: readonly T[],
  reason: (expectation: Expectation) => string | undefined,
  ofRefusal: (refusal: Refusal) => string | undefined,
  ofChain: (chain: ExpectedChain) => string | undefined,
): T[] {
  return scenarios.map((scenario) => ({
    ...scenario,
    expectations: scenario.expectations.map((one) => excused(one, reason)),
    refusals: scenario.refusals.map((one) => excused(one, ofRefusal)),
    chains: scenario.chains.map((one) => excused(one, ofChain)),
  }));
}

function excused<T extends { notRun?: string | undefined }>(
  one: T,
  reason: (one: T) => string | undefined,
): T {
  const notRun = one.notRun ?? reason(one);
  return notRun === undefined ? one : { ...one, notRun };
}

function refusesNot({ by, rule }: Refusal, detections: Detections): string | undefined {
  if (!detections.has(by)) return `${by} is off`;
  if (rule === undefined || detections.get(by)?.includes(rule)) return undefined;
  return `the rule ${rule} does not deny in every namespace of yours`;
}

/** The rule, or something that sees one of its events. */
function chainIsOff({ rule, takes }: ExpectedChain, detections: Detections): string | undefined {
  if (!detections.has(CORRELATION)) return `${CORRELATION} is off`;
  if (!detections.get(CORRELATION)?.includes(rule)) return `rule ${rule} is off`;
  for (const { tool, name } of takes.map(namesIn)) {
    if (!detections.has(tool)) return `${tool} is off`;
    const names = detections.get(tool);
    if (name !== undefined && names && !names.includes(name)) return `${tool}: ${name} is off`;
  }
  return undefined;
}

/** Of what a chain takes: the tool, and its rule or policy where one is named. */
function namesIn(takes: string): { tool: string; name?: string } {
  const [tool = "", ...name] = takes.split(": ");
  return name.length > 0 ? { tool, name: name.join(": ") } : { tool };
}

function whatIsOff(expectation: Expectation, detections: Detections): string | undefined {
  const { tool } = expectation;
  if (!detections.has(tool)) return `${tool} is off`;
  const names = detections.get(tool);
  if (!names) return undefined;
  for (const [field, word] of Object.entries(NAMED_BY)) {
    const name = termOf(expectation, field);
    if (name !== undefined && !names.includes(name)) return `${word} ${name} is off`;
  }
  return undefined;
}

function termOf({ query }: Expectation, field: string): string | undefined {
  for (const { term } of query.query.bool.filter) {
    const value = (term as Record<string, unknown> | undefined)?.[field];
    if (typeof value === "string") return value;
  }
  return undefined;
}
