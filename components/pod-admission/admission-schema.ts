import { z } from "zod";
import { dnsLabel, registry, unique } from "../core/config/value-schemas";
import { type PodRuleScope, RULE_NAMES, STAGES } from "../kubernetes/pod-rules";

export const admissionSchema = z
  .strictObject({
    stage: z
      .enum(STAGES)
      .default("dryrun")
      .describe(
        "What a violation does: `dryrun` notes it in the API server's audit log, `warn` tells the client too, `deny` refuses the object.",
      ),
    rules: z
      .partialRecord(z.enum(RULE_NAMES), z.enum([...STAGES, "off"]))
      .default({})
      .describe("Stages of single rules; `off` leaves a rule out everywhere, audits by it too."),
    namespaces: z
      .record(dnsLabel, z.enum(STAGES))
      .default({})
      .describe("Stages of single namespaces; they win over `stage` and `rules`."),
    excludeNamespaces: unique(dnsLabel)
      .default([])
      .describe(
        "Namespaces that no rule looks at, beside those of Kubernetes (`kube-*`) and of the stack, which are always left out.",
      ),
    registries: unique(registry)
      .default([])
      .describe("Registries that images may come from; the rule `registries` holds where one is named."),
  })
  .superRefine((config, context) => {
    for (const name of Object.keys(config.namespaces))
      if (config.excludeNamespaces.includes(name))
        context.addIssue({
          code: "custom",
          path: ["namespaces", name],
          message: "a namespace that is not in `excludeNamespaces`: no rule looks at those",
        });
    if (config.rules.registries && config.rules.registries !== "off" && config.registries.length === 0)
      context.addIssue({
        code: "custom",
        path: ["registries"],
        message: "a registry: the rule `registries` would refuse every image",
      });
  });

export type AdmissionConfig = z.output<typeof admissionSchema>;

/** What of it holds for all that judges pods by the same rules. */
export function scopeOf({ rules, registries, excludeNamespaces }: AdmissionConfig): PodRuleScope {
  return { registries, excludeNamespaces, off: RULE_NAMES.filter((name) => rules[name] === "off") };
}
