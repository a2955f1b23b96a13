import { z } from "zod";
import { dnsLabel, unique } from "../core/config/value-schemas";
import type { MovedKeys } from "../core/contract/feature";
import { RULE_NAMES, STAGES } from "../kubernetes/admission-rules";

export const gatekeeperSchema = z
  .strictObject({
    stage: z
      .enum(STAGES)
      .default("dryrun")
      .describe(
        "What Gatekeeper does about a violation when an object is made: `dryrun` notes it, `warn` tells the client, `deny` refuses the object. Its audit reports objects that are there already at every stage.",
      ),
    rules: z
      .partialRecord(z.enum(RULE_NAMES), z.enum([...STAGES, "off"]))
      .default({})
      .describe(
        "Stages of single rules; `off` has Gatekeeper leave a rule out. Which registries a rule allows and which namespaces no rule looks at is in the config of `pod_admission`, whether or not that is on.",
      ),
    namespaces: z
      .record(dnsLabel, z.enum(STAGES))
      .default({})
      .describe("Stages of single namespaces; they win over `stage` and `rules`."),
    webhook: z
      .boolean()
      .default(true)
      .describe(
        "Whether the API server asks Gatekeeper about each pod and workload that is made or changed; without it Gatekeeper only audits. When Gatekeeper does not answer within two seconds, the object is let through.",
      ),
    auditInterval: z
      .int()
      .min(10)
      .max(3600)
      .default(60)
      .describe("Seconds from one audit of what is there to the next."),
    violationsLimit: z
      .int()
      .min(1)
      .max(500)
      .default(20)
      .describe(
        "Violations that a constraint lists in its status; all are counted there, and in the audit's log and metrics.",
      ),
    scrapeNamespaces: unique(dnsLabel)
      .default(["monitoring"])
      .describe("Namespaces whose pods may read the metrics of Gatekeeper's pods."),
  })
  .superRefine(({ webhook, stage, rules, namespaces }, context) => {
    if (webhook) return;
    const stages: [string[], string | undefined][] = [
      [["stage"], stage],
      ...Object.entries(rules).map(([name, value]): [string[], string] => [["rules", name], value]),
      ...Object.entries(namespaces).map(([name, value]): [string[], string] => [["namespaces", name], value]),
    ];
    for (const [path, value] of stages)
      if (value === "warn" || value === "deny")
        context.addIssue({
          code: "custom",
          path,
          message: "`dryrun`, or `webhook: true`: without it nobody asks Gatekeeper when an object is made",
        });
  });

export type GatekeeperConfig = z.output<typeof gatekeeperSchema>;

const CHART_KEY = "`auditInterval`, a key of this config";

/** Keys of the chart, and of guides that are older than it, that would do nothing here or there. */
export const MOVED_KEYS: MovedKeys = {
  audit: () => `${CHART_KEY}; the chart ignores it below \`audit\``,
  auditFromCache: () => "nothing: the audit is always from the cache, with the SyncSet that it needs",
  replicas: () => "override.gatekeeper.replicas",
  replicaCount: () => "override.gatekeeper.replicas",
  exemptNamespaces: () =>
    "`excludeNamespaces` of `pod_admission`; Gatekeeper's own `exemptNamespaces` only permits a label that has to be set too, and does not hold for audits",
  excludeNamespaces: () => "`excludeNamespaces` of `pod_admission`: one list for all that judges pods",
  registries: () => "`registries` of `pod_admission`: one list for all that judges pods",
  enforcementAction: () => "`stage`",
  failurePolicy: () =>
    "nothing: an object is let through while Gatekeeper is away, so that a cluster can't lock itself; what must be refused always is denied by `pod_admission`, which needs no pod",
};
