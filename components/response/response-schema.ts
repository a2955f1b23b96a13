import { z } from "zod";
import {
  dnsLabel,
  labelKey,
  labelValue,
  ownNamespace,
  secretRef,
  text,
  unique,
} from "../core/config/value-schemas";
import { SEVERITY_NAMES } from "../documents/severities";
import { ACTIONS, MODES } from "./marks";

const SEVERITY_WORDS = Object.values(SEVERITY_NAMES);

/** Kubernetes' own namespaces: an action there could keep the cluster from repairing itself. */
const SYSTEM = /^(kube|openshift)-/;

const usersNamespace = dnsLabel.refine((name) => !SYSTEM.test(name), {
  message: "a namespace of yours, not `kube-*` or `openshift-*`, in which nothing is ever done",
});

const matchSchema = z.strictObject({
  alerts: unique(z.string().regex(/^[a-z][a-z0-9-]{0,99}$/, "the id of an alert rule"))
    .min(1)
    .optional()
    .describe("Ids of alert rules, like `security-severe-event`."),
  rules: unique(text.min(1).max(200)).min(1).optional().describe("Names of the tools' rules, in full."),
  techniques: unique(z.string().regex(/^T\d{4}(\.\d{3})?$/, "a technique's id, like T1611"))
    .min(1)
    .optional()
    .describe("Techniques of MITRE ATT&CK; one without a sub-technique stands for all of its own."),
  minSeverity: z.enum(SEVERITY_WORDS).optional().describe("Alerts of this severity and above."),
  tools: unique(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "a tool's name, as in `labels.security_tool`"))
    .min(1)
    .optional()
    .describe("Tools that saw it."),
  namespaces: unique(dnsLabel).min(1).optional().describe("Of the allowed namespaces only these."),
});

const ruleSchema = z.strictObject({
  name: dnsLabel.max(40).describe("Name, in results and in the audit index."),
  match: matchSchema.prefault({}).describe("Alerts that it is about; all conditions have to hold."),
  action: z
    .enum(ACTIONS)
    .describe(
      "`annotate` writes what was found on the pod. `quarantine` takes the pod's labels away, so that Services, its controller and other policies let go of it, and denies it all traffic; its processes run on. `evict` ends it, as far as PodDisruptionBudgets let.",
    ),
  mode: z
    .enum(MODES)
    .default("observe")
    .describe(
      "`observe` asks the API server what would happen (dry run) and changes nothing; `approve` waits for `npm run response -- approve`; `enforce` acts at once.",
    ),
  statefulSets: z
    .boolean()
    .default(false)
    .describe("Also pods of StatefulSets: the name of a quarantined one stays taken, so no other is made."),
  jobs: z.boolean().default(false).describe("Also pods of Jobs: what they did would be done once more."),
});

/** Config of the feature `response`. */
export const responseSchema = z
  .strictObject({
    rules: z
      .array(ruleSchema)
      .max(50)
      .default([])
      .describe("What is done about which alerts: of several rules that fit the first decides."),
    namespaces: unique(usersNamespace)
      .default([])
      .describe("Namespaces whose pods may be acted on. Without any, nothing is done anywhere."),
    exemptLabels: z
      .record(labelKey, labelValue)
      .default({ "security-stack/exempt": "true" })
      .describe("A pod with one of these labels is never acted on."),
    maxEventAgeMinutes: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe("Minutes after which an event is too old for anything to be done about it."),
    approvalMinutes: z
      .int()
      .min(5)
      .max(1440)
      .default(60)
      .describe("Minutes for which a proposal waits to be approved."),
    budgets: z
      .strictObject({
        perHour: z
          .int()
          .min(1)
          .max(1000)
          .default(10)
          .describe("Quarantines and evictions in an hour, at most."),
        workloadPercent: z
          .int()
          .min(1)
          .max(100)
          .default(34)
          .describe("Of a workload's pods at most so many per cent in an hour, but one in any case."),
      })
      .prefault({})
      .describe("How much is done; what is beyond is refused and noted."),
    recordsNamespace: ownNamespace
      .default("security-responses")
      .describe(
        "Namespace of the stack's for proposals and actions, a ConfigMap each: who may write there is what keeps them.",
      ),
    approvers: z
      .array(
        z.strictObject({
          kind: z.enum(["User", "Group"]).describe("What the name is of."),
          name: text.min(1).max(200).describe("As the API server knows it."),
        }),
      )
      .max(50)
      .default([])
      .describe("Who may approve, reject and release; administrators of the cluster can anyway."),
    apiKeySecretRef: secretRef(
      "Secret with an encoded API key that may add documents to the index of responses.",
      "api_key",
    ).default({ name: "responder-api-key", key: "api_key" }),
    certificateGeneration: z
      .int()
      .min(1)
      .default(1)
      .describe("Count up by one to make a new token and new certificates for Alertmanager's webhook."),
  })
  .superRefine((config, context) => {
    config.rules.forEach((rule, index) => {
      for (const [key, message] of problemsOf(rule, config, index))
        context.addIssue({ code: "custom", path: ["rules", index, key], message });
    });
  });

export type ResponseConfig = z.output<typeof responseSchema>;
export type ResponseRule = ResponseConfig["rules"][number];

function problemsOf(
  rule: ResponseRule,
  { rules, namespaces }: Pick<ResponseConfig, "rules" | "namespaces">,
  index: number,
): [key: keyof ResponseRule, message: string][] {
  const before = rules.slice(0, index);
  const foreign = rule.match.namespaces?.filter((name) => !namespaces.includes(name)) ?? [];
  const covering = before.find((other) => !isConditional(other));
  return [
    ...problem(
      before.some(({ name }) => name === rule.name),
      "name",
      "a name that no other rule has",
    ),
    ...problem(
      rule.mode !== "observe" && namespaces.length === 0,
      "mode",
      "observe, or a namespace in `namespaces`: without any it would never act",
    ),
    ...problem(
      rule.mode === "enforce" && !isConditional(rule),
      "match",
      "at least one condition: enforce would act on every alert",
    ),
    ...problem(
      foreign.length > 0,
      "match",
      `namespaces that \`namespaces\` allows, which ${foreign.join(", ")} is not`,
    ),
    ...problem(
      covering !== undefined,
      "match",
      `nothing after the rule "${covering?.name}", which takes every alert: put this one before it`,
    ),
  ];
}

function problem(
  isOne: boolean,
  key: keyof ResponseRule,
  message: string,
): [key: keyof ResponseRule, message: string][] {
  return isOne ? [[key, message]] : [];
}

function isConditional({ match }: ResponseRule): boolean {
  return Object.values(match).some((condition) => condition !== undefined);
}
