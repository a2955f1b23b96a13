import { z } from "zod";
import { HIGHEST_SEVERITY } from "../../documents/severities";

/** For the stack's config. */
export const alertsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Make the alert rules and their connectors in Kibana."),
    interval: z
      .string()
      .regex(/^[1-9]\d*[smh]$/, 'a number with its unit: "1m"')
      .default("1m")
      .describe("How often each rule looks. At most five minutes, so that no rule looks past its window.")
      .refine((text) => minutesOf(text) <= 5, "at most 5m"),
    severity: z
      .int()
      .min(4)
      .max(HIGHEST_SEVERITY)
      .default(4)
      .describe(
        "Events of this severity and above raise an alert. The stack's own detections are of severity 4 at most; 5 is left to rules of your own.",
      ),
    silentAfterMinutes: z
      .record(z.string().min(1), z.int().min(5).max(10_080))
      .default({})
      .describe(
        "Tools by name and the minutes after which their silence on a node that had them raises an alert, over what the tools themselves say. Tools that may have nothing to say have none.",
      ),
    deadLetters: z
      .int()
      .min(1)
      .default(1)
      .describe("Lines of a tool in 15 minutes that could not become a document and raise an alert."),
    deletions: z
      .int()
      .min(1)
      .default(3)
      .describe(
        "Detections in 15 minutes on one node of logs cleared or data destroyed that raise an alert.",
      ),
    removedRows: z
      .int()
      .min(1)
      .default(20)
      .describe(
        "Accounts, keys, packages, units and scheduled jobs gone within 15 minutes from one node that raise an alert.",
      ),
    notifiedBy: z
      .enum(["alertmanager", "kibana"])
      .default("alertmanager")
      .describe(
        "Who tells people: Alertmanager, where the feature that runs it is on, or Kibana through `connectors`. One of them, so that nothing is told twice; the rules are made in Kibana either way.",
      ),
    connectors: z
      .array(
        z.strictObject({
          id: z.string().min(1).describe("Id of a connector that exists in Kibana."),
          params: z
            .record(z.string(), z.unknown())
            .describe("What it is sent; texts may have Kibana's variables, {{rule.name}}."),
        }),
      )
      .default([])
      .describe(
        "Further connectors, beside the index `security-alerts` and Kibana's log. Many need a license.",
      ),
  })
  .refine(({ connectors, notifiedBy }) => connectors.length === 0 || notifiedBy === "kibana", {
    path: ["connectors"],
    message: "none, or `notifiedBy: kibana`: else people would be told twice",
  })
  .prefault({});

export type AlertsConfig = z.output<typeof alertsSchema>;

function minutesOf(text: string): number {
  const unit = { s: 1 / 60, m: 1, h: 60 }[text.slice(-1)] ?? Number.NaN;
  return Number.parseInt(text, 10) * unit;
}
