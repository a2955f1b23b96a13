import { z } from "zod";
import { dataKey, dnsSubdomain, text } from "../core/config/value-schemas";
import { CORRELATION_TYPES, type CorrelationRule } from "../documents/correlation-rule";
import { SIGNALS, type SignalName, STATES, type StateName } from "../documents/signals";

const SIGNAL_NAMES = Object.keys(SIGNALS) as [SignalName, ...SignalName[]];
const STATE_NAMES = Object.keys(STATES) as [StateName, ...StateName[]];

const fieldName = z
  .string()
  .max(200)
  .regex(/^[@a-zA-Z_][\w-]*(\.[\w-]+)*$/, "the name of a field, with dots: kubernetes.pod.name");

const selectionSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, "lower case letters, digits and dashes")
    .describe("What the step is called in results."),
  where: z
    .record(
      fieldName,
      z
        .array(z.union([text.min(1).max(500), z.number()]))
        .min(1)
        .max(100),
    )
    .refine((where) => Object.keys(where).length > 0, { message: "at least one field" })
    .describe("Fields of the event, each with the values of which it has one."),
});

const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/, "lower case letters, digits and dashes")
      .describe("`rule.name` of what it finds; no other rule's."),
    title: text.min(1).max(200).describe("What it finds, for people."),
    severity: z.int().min(1).max(5).describe("5 critical, 4 high, 3 medium, 2 low, 1 informational."),
    attack: z
      .array(
        z.strictObject({
          tactic: z.string().regex(/^TA\d{4}$/, "a tactic of ATT&CK, like TA0006"),
          technique: z.string().regex(/^T\d{4}(\.\d{3})?$/, "a technique of ATT&CK, like T1059.004"),
        }),
      )
      .max(10)
      .default([])
      .describe("The chain in ATT&CK, in its order; those of the events are added."),
    type: z.enum(CORRELATION_TYPES).describe("As in Sigma's correlation rules."),
    steps: z
      .array(z.union([z.enum(SIGNAL_NAMES), selectionSchema]))
      .min(1)
      .max(6)
      .describe(
        "What the events are: names of signals, which the tools give a meaning, or a selection by fields.",
      ),
    groupBy: z.array(fieldName).min(1).max(4).describe("Fields that are the same in all events of a chain."),
    timespanMinutes: z.int().min(1).max(1440).describe("Within how many minutes they happen."),
    atLeast: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("Of event_count: events. Of value_count: different values."),
    field: fieldName.optional().describe("Of value_count: the field whose values are counted."),
    while: z
      .enum(STATE_NAMES)
      .optional()
      .describe("What must be so for the same values of `groupBy` when the events are found."),
    fix: text.min(1).max(500).describe("What the reader of the result should do."),
  })
  .superRefine((rule, context) => {
    const issue = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    const isCount = rule.type === "event_count" || rule.type === "value_count";
    if (isCount && rule.atLeast === undefined) issue("atLeast", `a number, which ${rule.type} needs`);
    if (!isCount && rule.atLeast !== undefined) issue("atLeast", `nothing: ${rule.type} does not count`);
    if (rule.type === "value_count" && rule.field === undefined)
      issue("field", "a field, whose values are counted");
    if (rule.type !== "value_count" && rule.field !== undefined)
      issue("field", `nothing: ${rule.type} counts no values`);
    if (!isCount && rule.steps.length < 2) issue("steps", `two or more, of which ${rule.type} is a chain`);
  });

export const schema = z.strictObject({
  latenessMinutes: z
    .int()
    .min(10)
    .max(1440)
    .default(120)
    .describe(
      "How long after it happened an event may reach Elasticsearch and still be correlated. What comes later is counted in the log of the pass, and found with `npm run correlate -- --since`.",
    ),
  disable: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "the name of a rule"))
    .default([])
    .describe("Rules that are off, by name."),
  rules: z.array(ruleSchema).max(50).default([]).describe("Rules of your own, beside those of the stack."),
  apiKeySecretRef: z
    .strictObject({
      name: dnsSubdomain.default("correlator-api-key"),
      key: dataKey.default("api_key"),
    })
    .prefault({})
    .describe(
      "Secret, in `global.restrictedNamespace`, with the correlator's own encoded API key: privilege read on the indices of events, audit, vulnerabilities and correlations, create_doc and auto_configure on the last.",
    ),
});

export type CorrelationConfig = z.output<typeof schema>;

/** A rule of the stack config in the form of all others. */
export function ruleOf({ steps, ...rule }: CorrelationConfig["rules"][number]): CorrelationRule {
  const { severity, atLeast, field, while: state, ...others } = rule;
  return {
    ...others,
    severity: severity as CorrelationRule["severity"],
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(field === undefined ? {} : { field }),
    ...(state === undefined ? {} : { while: state }),
    steps: steps.map((step) =>
      typeof step === "string"
        ? { signal: step }
        : {
            name: step.name,
            selection: Object.entries(step.where).map(([name, is]) => ({ field: name, is })),
          },
    ),
  };
}
