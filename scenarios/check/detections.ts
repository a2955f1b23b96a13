import { ATTACKER } from "../model/names";
import type { Expectation, Refusal, Scenario } from "../model/scenario-schema";

/** The sensors of a stack: of each that is on, the names of its rules, policies or queries where it has such. */
export type Detections = ReadonlyMap<string, readonly string[] | undefined>;

/** What of a document names the rule, policy or query that wrote it, in the words in which it is missed. */
const NAMED_BY = {
  "rule.name": "rule",
  "k8s_audit.rules": "rule",
  "tetragon.policy_name": "policy",
  "osquery.query_name": "query",
} as const;

type Judged = Pick<Scenario, "expectations" | "refusals">;

/**
 * The scenarios with a reason on each expectation that the stack can't meet, since what it counts on is off, and on each
 * refusal by what is off.
 */
export function withoutWhatIsOff<T extends Judged>(scenarios: readonly T[], detections: Detections): T[] {
  return excuse(
    scenarios,
    (expectation) => whatIsOff(expectation, detections),
    (refusal) => refusesNot(refusal, detections),
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
  return excuse(scenarios, ({ tool }) =>
    standIns.includes(tool) || standIns.includes(COLLECTOR) ? "stand-in" : undefined,
  );
}

/**
 * The scenarios without attacks on the Kubernetes API itself, which need the rights of a person: an account with so many
 * would be the greatest danger in the cluster.
 */
export function withoutRequests<T extends Judged & Pick<Scenario, "steps">>(scenarios: readonly T[]): T[] {
  const reason = () => "needs a person's rights: npm run scenarios";
  return scenarios.flatMap((scenario) =>
    scenario.steps.some((step) => step.do === "request") ? excuse([scenario], reason, reason) : [scenario],
  );
}

/** The scenarios with the name of the user that the attacks are made as, where it is expected. */
export function madeBy<T extends Pick<Scenario, "expectations">>(scenarios: readonly T[], user: string): T[] {
  return scenarios.map((scenario) => ({
    ...scenario,
    expectations: scenario.expectations.map((one) => ({
      ...one,
      fields: Object.fromEntries(
        Object.entries(one.fields).map(([field, rule]) => [field, rule === ATTACKER ? user : rule]),
      ),
    })),
  }));
}

/** What can't be found, a line each: "validate-shell: falco: alert: shell: not run: falco is off". */
export function excuses(scenarios: readonly (Judged & Pick<Scenario, "id">)[]): string[] {
  return scenarios.flatMap(({ id, expectations, refusals }) =>
    [...refusals.map(({ by, ...one }) => ({ tool: by, ...one })), ...expectations].flatMap(
      ({ tool, what, notRun }) => (notRun ? [`${id}: ${tool}: ${what}: not run: ${notRun}`] : []),
    ),
  );
}

function excuse<T extends Judged>(
  scenarios: readonly T[],
  reason: (expectation: Expectation) => string | undefined,
  ofRefusal: (refusal: Refusal) => string | undefined = () => undefined,
): T[] {
  return scenarios.map((scenario) => ({
    ...scenario,
    expectations: scenario.expectations.map((one) => excused(one, reason)),
    refusals: scenario.refusals.map((one) => excused(one, ofRefusal)),
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
