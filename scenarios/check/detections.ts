import { ATTACKER } from "../model/names";
import type { Expectation, Scenario } from "../model/scenario-schema";

/** The sensors of a stack: of each that is on, the names of its rules, policies or queries where it has such. */
export type Detections = ReadonlyMap<string, readonly string[] | undefined>;

/** What of a document names the rule, policy or query that wrote it, in the words in which it is missed. */
const NAMED_BY = {
  "rule.name": "rule",
  "k8s_audit.rules": "rule",
  "tetragon.policy_name": "policy",
  "osquery.query_name": "query",
} as const;

/** The scenarios with a reason on each expectation that the stack can't meet, since what it counts on is off. */
export function withoutWhatIsOff<T extends Pick<Scenario, "expectations">>(
  scenarios: readonly T[],
  detections: Detections,
): T[] {
  return excuse(scenarios, (expectation) => whatIsOff(expectation, detections));
}

/** What brings the lines of every sensor. */
const COLLECTOR = "otel_pipeline";

/** The scenarios with "stand-in" on each expectation of a tool that only acts as if it were there. */
export function withoutStandIns<T extends Pick<Scenario, "expectations">>(
  scenarios: readonly T[],
  standIns: readonly string[],
): T[] {
  return excuse(scenarios, ({ tool }) =>
    standIns.includes(tool) || standIns.includes(COLLECTOR) ? "stand-in" : undefined,
  );
}

/**
 * The scenarios without attacks on the Kubernetes API itself, which need the rights of a person: an account with so many
 * would be the greatest danger in the cluster.
 */
export function withoutRequests<T extends Pick<Scenario, "expectations" | "steps">>(
  scenarios: readonly T[],
): T[] {
  return scenarios.flatMap((scenario) =>
    scenario.steps.some((step) => step.do === "request")
      ? excuse([scenario], () => "needs a person's rights: npm run scenarios")
      : [scenario],
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
export function excuses(scenarios: readonly Pick<Scenario, "id" | "expectations">[]): string[] {
  return scenarios.flatMap(({ id, expectations }) =>
    expectations.flatMap(({ tool, what, notRun }) =>
      notRun ? [`${id}: ${tool}: ${what}: not run: ${notRun}`] : [],
    ),
  );
}

function excuse<T extends Pick<Scenario, "expectations">>(
  scenarios: readonly T[],
  reason: (expectation: Expectation) => string | undefined,
): T[] {
  return scenarios.map((scenario) => ({
    ...scenario,
    expectations: scenario.expectations.map((one) => {
      const notRun = one.notRun ?? reason(one);
      return notRun === undefined ? one : { ...one, notRun };
    }),
  }));
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
