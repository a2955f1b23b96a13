import { z } from "zod";
import {
  bytesQuantity,
  dnsLabel,
  dnsSubdomain,
  duration,
  httpsUrl,
  labelKey,
  secretRef,
  text,
  unique,
} from "../core/config/value-schemas";
import { SEVERITY_NAMES } from "../documents/severities";
import { unrenderable } from "./alertmanager/message";
import { receiverSchema } from "./receivers-schema";

const SEVERITY_WORDS = Object.values(SEVERITY_NAMES);

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const timeOfDay = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/,
    'a time of the day, like "22:00"; the end of the day is "24:00"',
  );

const muteTimeSchema = z
  .strictObject({
    name: dnsLabel.describe("Name, for `routes[].muteTimes`."),
    weekdays: unique(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS])
      .describe("Days on which it holds."),
    from: timeOfDay.default("00:00").describe("Begin of the time of the day."),
    to: timeOfDay.default("24:00").describe("End of the time of the day."),
    timeZone: z
      .string()
      .regex(/^(UTC|[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_+-]+){1,2})$/, 'a time zone, like "Europe/Berlin"')
      .default("UTC")
      .describe("Time zone of both."),
  })
  .refine(({ from, to }) => from < to, "from a time to a later one of the same day");

/** A line with placeholders, that Alertmanager will be able to render. */
function messageText(most: number) {
  return text
    .min(1)
    .max(most)
    .superRefine((given, context) => {
      const problem = unrenderable(given);
      if (problem) context.addIssue({ code: "custom", message: problem });
    });
}

const routeSchema = z.strictObject({
  receivers: unique(dnsLabel).min(1).describe("Names of the receivers that get what fits."),
  minSeverity: z
    .enum(SEVERITY_WORDS)
    .optional()
    .describe("Alerts of this severity and above; of any where it is left out."),
  techniques: unique(z.string().regex(/^T\d{4}(\.\d{3})?$/, "a technique's id, like T1053.003"))
    .min(1)
    .optional()
    .describe("Techniques of MITRE ATT&CK; one without a sub-technique stands for all of its own."),
  namespaces: unique(dnsLabel).min(1).optional().describe("Kubernetes namespaces."),
  tools: unique(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "a tool's name, as in `labels.security_tool`"))
    .min(1)
    .optional()
    .describe("Tools that saw it, by `labels.security_tool`."),
  muteTimes: unique(dnsLabel)
    .default([])
    .describe("Names of `muteTimes` in which nothing is sent; what still holds afterwards is sent then."),
});

/** Config of the feature `notifications`. */
export const notificationsSchema = z
  .strictObject({
    receivers: z.array(receiverSchema).default([]).describe("Whom to tell, and how."),
    routes: z
      .array(routeSchema)
      .default([])
      .describe(
        "Who gets which alerts: of several that fit an alert the first decides. Without any, all receivers get all alerts; else one route without a condition takes what no other does.",
      ),
    muteTimes: z.array(muteTimeSchema).default([]).describe("Times in which a route sends nothing."),
    repeatHours: z
      .int()
      .min(1)
      .max(96)
      .default(24)
      .describe(
        "Hours after which what still holds is sent again. As long an alert is held after its last event, so that it outlasts an outage of a receiver or of the sender.",
      ),
    groupWait: duration("1s", "10m")
      .default("15s")
      .describe("How long the first alert of a group waits for others, which then are one message."),
    groupInterval: duration("1s", "1h")
      .default("5m")
      .describe(
        "Least time between two messages of a group, and the time after which a receiver that failed is tried again.",
      ),
    intervalSeconds: z
      .int()
      .min(5)
      .max(300)
      .default(30)
      .describe("Seconds between two questions to Elasticsearch."),
    message: z
      .strictObject({
        title: messageText(150)
          .default("{severity}: {summary}")
          .describe(
            "First line of a message, or its subject, with placeholders: `{severity}`, `{rule}`, `{namespace}`, `{workload}`, `{cluster}`, and `{summary}`, which is the last four.",
          ),
        note: messageText(500)
          .optional()
          .describe("Last line of a message, such as where a runbook is; it may have the same placeholders."),
      })
      .prefault({})
      .describe("Texts of messages; what an alert is about, and what to do, is between the two."),
    kibanaUrl: httpsUrl
      .optional()
      .describe(
        "Address of Kibana as people reach it; messages then link to the dashboard with the right filter.",
      ),
    apiKeySecretRef: secretRef(
      "Secret with an encoded API key that may read the indices.",
      "api_key",
    ).default({
      name: "notifier-api-key",
      key: "api_key",
    }),
    awsCredentialsSecretRef: secretRef(
      "Secret with an AWS credentials file for the receivers of type `sns`; without it they use the role of the ServiceAccount `alertmanager`.",
      "credentials",
    ).optional(),
    serviceAccountAnnotations: z
      .record(labelKey, text.max(4096))
      .default({})
      .describe("Annotations of the ServiceAccount `alertmanager`, by which EKS gives it a role."),
    storage: z
      .strictObject({
        size: bytesQuantity.default("1Gi").describe("Volume for silences and for what was sent already."),
        storageClass: dnsSubdomain.optional().describe("StorageClass; by default the cluster's own."),
      })
      .prefault({}),
    certificateGeneration: z
      .int()
      .min(1)
      .default(1)
      .describe("Count up by one to make new certificates between notifier and Alertmanager."),
  })
  .superRefine((config, context) => {
    const report = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    for (const list of ["receivers", "muteTimes"] as const)
      for (const index of twice(config[list])) report([list, index, "name"], "a name of its own");
    checkRoutes(config, report);
  });

export type NotificationsConfig = z.output<typeof notificationsSchema>;
export type Route = NotificationsConfig["routes"][number];

type Report = (path: (string | number)[], message: string) => void;
interface Routed {
  receivers: readonly { name: string }[];
  muteTimes: readonly { name: string }[];
  routes: readonly z.output<typeof routeSchema>[];
}

function checkRoutes({ receivers, muteTimes, routes }: Routed, report: Report): void {
  const names = receivers.map(({ name }) => name);
  const times = muteTimes.map(({ name }) => name);
  for (const [index, route] of routes.entries()) {
    route.receivers.forEach((name, at) => {
      if (!names.includes(name))
        report(["routes", index, "receivers", at], `a receiver's name: ${names.join(", ")}`);
    });
    route.muteTimes.forEach((name, at) => {
      if (!times.includes(name))
        report(
          ["routes", index, "muteTimes", at],
          `a name of muteTimes: ${times.join(", ") || "there is none"}`,
        );
    });
  }
  if (routes.length === 0) return;
  const defaults = routes.flatMap((route, index) => (isDefault(route) ? [index] : []));
  for (const index of defaults.slice(1))
    report(["routes", index], `one route without a condition: routes[${defaults[0]}] is one already`);
  if (defaults.length === 0)
    report(["routes"], "one route without a condition: else what fits none reaches nobody");
  const [last] = defaults;
  if (defaults.length === 1 && last !== routes.length - 1)
    report(["routes", last!], "the route without a condition at the end: what comes after it gets nothing");
  receivers.forEach(({ name }, index) => {
    if (!routes.some((route) => route.receivers.includes(name)))
      report(["receivers", index], "a receiver that a route names; this one would get nothing");
  });
}

/** Whether it takes every alert. */
export function isDefault({
  minSeverity,
  techniques,
  namespaces,
  tools,
}: z.output<typeof routeSchema>): boolean {
  return [minSeverity, techniques, namespaces, tools].every((condition) => condition === undefined);
}

function twice(named: readonly { name: string }[]): number[] {
  return named.flatMap(({ name }, index) =>
    named.findIndex((other) => other.name === name) < index ? [index] : [],
  );
}
