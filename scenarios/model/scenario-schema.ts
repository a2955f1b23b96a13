import { z } from "zod";
import { isConfined } from "./request-guard";

/**
 * The format of an attack scenario: what is done to which pods, and what has to be found in Elasticsearch afterwards.
 * All of it is data; adding a scenario is its file in `attacks/` and a line in `catalog.ts`.
 */

/** The stages of Gartner's continuous threat exposure management. */
export const STAGES = ["scoping", "discovery", "prioritization", "validation", "mobilization"] as const;

/** `none`: only looks. `simulated`: does what an attack does, with a payload that does no harm. */
const DANGER = ["none", "simulated"] as const;

/** The pods that scenarios act in; what each may do is in cluster/test-pods.ts. */
export const POD_NAMES = ["ctem-testbox", "attacker", "target-nginx", "escape-box"] as const;

const technique = z.string().regex(/^T\d{4}(\.\d{3})?$/, "an ATT&CK technique, like T1059.004");

const execStep = z.strictObject({
  do: z.literal("exec"),
  pod: z.enum(POD_NAMES),
  /** Word by word; `{address of target-nginx}` in a word stands for the address of that pod. */
  command: z.array(z.string()).min(1),
  /** With a terminal, as `kubectl exec -t`: some rules need one. */
  tty: z.boolean().default(false),
  /** Exit codes that are no error of the scenario: an attack that is refused is still an attack. */
  exitCodes: z.array(z.int()).default([0]),
  seconds: z.int().min(1).max(300).default(30),
  why: z.string().min(10),
});

const createStep = z.strictObject({
  do: z.literal("create"),
  /** A pod that is made as the attack, from the image of the test box and restricted like it. */
  pod: z.string().regex(/^ctem-[a-z0-9-]+$/),
  command: z.array(z.string()).min(1),
  why: z.string().min(10),
});

/** A request to the Kubernetes API, made by the client library. */
const requestStep = z
  .strictObject({
    do: z.literal("request"),
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    /** With its query. `{i}` is the number of the repetition. */
    path: z.string().startsWith("/"),
    /** An object is sent as JSON, text as it is. */
    body: z.union([z.record(z.string(), z.unknown()), z.string()]).optional(),
    /** Default: JSON, for a patch a merge patch. */
    contentType: z.string().optional(),
    /**
     * Whose credentials: `user`, of the context; `impersonated`, the user in another's name; `token`, of the account `ctem`,
     * asked for before; `guessed`, a token that does not hold; `nobody`, without any.
     */
    as: z.enum(["user", "impersonated", "token", "guessed", "nobody"]).default("user"),
    /** The client's choice, instead of the API server's. */
    auditId: z.string().optional(),
    times: z.int().min(1).max(100).default(1),
    /** Answers that are no error of the scenario: an attack that is refused is still an attack. */
    statuses: z.array(z.int()).default([200, 201, 202]),
    /**
     * Policies of which one has to refuse it, in whose place no right of the user may: the first is the one that the scenario
     * is about, the others are those that such an object can't but violate too. The API server names one.
     */
    refusedBy: z.array(z.string().min(1)).min(1).optional(),
    /** Seconds in which it is tried again until the answer is one of them: rights take a moment. */
    retrySeconds: z.int().min(0).max(30).default(0),
    why: z.string().min(10),
  })
  .refine(isConfined, {
    path: ["path"],
    message: "a request that changes something names what the scenarios made: ctem-...",
  });

const waitStep = z.strictObject({
  do: z.literal("wait"),
  seconds: z.number().positive().max(120),
  why: z.string(),
});

export const stepSchema = z.discriminatedUnion("do", [execStep, createStep, requestStep, waitStep]);

/** A query file of `queries/`: pasted into Kibana's console as it is, `index` being one of the stack's indices. */
export const querySchema = z.strictObject({
  description: z.string().min(10),
  index: z.enum(["events", "inventory", "audit", "vulnerabilities", "correlations"]),
  /** Clauses that all have to hold; the runner adds the time. One clause a line: the run names the one that excludes a document. */
  query: z.strictObject({
    bool: z.strictObject({ filter: z.array(z.record(z.string(), z.unknown())).min(1) }),
  }),
});

/** What a field of a document has to be: a value (or one of a list that holds it), any of some, there, or a range. */
const fieldRule = z.union([
  z.string(),
  z.number(),
  z.strictObject({ exists: z.literal(true) }),
  z.strictObject({ oneOf: z.array(z.union([z.string(), z.number()])).min(1) }),
  z.strictObject({ atLeast: z.number() }),
]);

export const expectationSchema = z.strictObject({
  /** Value of `labels.security_tool`. */
  tool: z.string().min(1),
  what: z.string().min(5),
  query: querySchema,
  min: z.int().min(1).default(1),
  max: z.int().min(1).optional(),
  /** From the end of the steps until the document can be found. */
  withinSeconds: z.int().min(1).default(120),
  /** How far before the steps a document counts: inventory is written when it changes, and once a day. */
  lookbackSeconds: z.int().min(0).default(0),
  /**
   * Rows of the inventory that came up, however long ago, and have not gone since: for queries of which osquery logs
   * only what changes.
   */
  current: z.boolean().default(false),
  /** Fields of each document that counts. */
  fields: z.record(z.string(), fieldRule).default({}),
  /** Why it is not looked for: set for a stack in which it can't be found (detections.ts), never in a scenario's file. */
  notRun: z.string().optional(),
});

/** A chain of events that correlation makes of the attack: by which rule, and what its events have in common. */
export const chainSchema = z.strictObject({
  /** Name of the correlation rule. */
  rule: z.string().min(1),
  pod: z.enum(POD_NAMES).optional(),
  /** Of requests to the Kubernetes API: who made them. */
  user: z.string().optional(),
  /** Of a rule that goes by the technique. */
  technique: technique.optional(),
  /** What sees its events: "tetragon", or by which rule or policy, "falco: Cron file written". */
  takes: z.array(z.string().regex(/^[a-z0-9_]+(: .+)?$/)).min(1),
  /** It takes an open critical vulnerability with a fix of the image that is attacked, of which the scenario knows nothing. */
  whereVulnerable: z.boolean().default(false),
  /** From the end of the steps: two minutes for the sensors, one for the next pass of the correlator, one for its pod. */
  withinSeconds: z.int().min(1).default(240),
  /** As of an expectation. */
  notRun: z.string().optional(),
});

const refusalSchema = z.strictObject({
  /** What refuses: the stack's rules at admission, or a feature that carries the traffic. */
  by: z.enum(["admission", "cilium", "istio"]),
  what: z.string().min(5),
  /** Of admission: the rule that has to refuse the request of the scenario that says `refusedBy`. */
  rule: z.string().optional(),
  /** Why it is not tried: as of an expectation, and in a scenario's file where nothing here can show it. */
  notRun: z.string().optional(),
});

const scenarioShape = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]+$/),
  title: z.string().min(5),
  stage: z.enum(STAGES),
  /** Techniques that a rule or policy of the stack has to name in what it finds. */
  techniques: z.array(technique),
  /** Techniques that are acted out and seen, though nothing of the stack names them: gaps of the labelling. */
  simulates: z.array(technique).default([]),
  danger: z.enum(DANGER),
  proves: z.string().min(20),
  pods: z.array(z.enum(POD_NAMES)),
  steps: z.array(stepSchema),
  expectations: z.array(expectationSchema),
  /** What correlation makes of the events; all that it does where the scenario is alone, and nothing where there are none. */
  chains: z.array(chainSchema).default([]),
  /** What has to be kept from happening. Where it is not, or is not tried, no document of it is looked for. */
  refusals: z.array(refusalSchema).default([]),
  /**
   * Undone after the steps, whether or not they were possible; the pods themselves, and what is labelled as the scenarios'
   * own, are removed at the end in any case.
   */
  cleanup: z.array(z.discriminatedUnion("do", [execStep, requestStep])).default([]),
});

export const scenarioSchema = scenarioShape
  .refine(({ expectations, refusals }) => expectations.length + refusals.length > 0, {
    path: ["expectations"],
    message: "something that is found or refused",
  })
  .refine(
    ({ steps, refusals }) =>
      steps.some((step) => step.do === "request" && step.refusedBy) === refusals.some(({ rule }) => rule),
    { path: ["refusals"], message: "a rule for the request that is refused, and only for one" },
  );

export type PodName = (typeof POD_NAMES)[number];
export type Stage = (typeof STAGES)[number];
export type Step = z.output<typeof stepSchema>;
export type ExecStep = z.output<typeof execStep>;
export type RequestStep = z.output<typeof requestStep>;
export type CreateStep = z.output<typeof createStep>;
export type Query = z.output<typeof querySchema>;
export type FieldRule = z.output<typeof fieldRule>;
export type Expectation = z.output<typeof expectationSchema>;
export type ExpectedChain = z.output<typeof chainSchema>;
export type Refusal = z.output<typeof refusalSchema>;
export type Scenario = z.output<typeof scenarioSchema>;

/** Checks a scenario and fills in the defaults. @throws with the place of what is wrong. */
export function defineScenario(scenario: z.input<typeof scenarioSchema>): Scenario {
  const result = scenarioSchema.safeParse(scenario);
  if (result.success) return result.data;
  throw new Error(`scenario ${scenario.id}: ${z.prettifyError(result.error)}`);
}
