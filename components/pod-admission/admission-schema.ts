import { z } from "zod";
import { dnsLabel, registry, unique } from "../core/config/value-schemas";
import { RULE_NAMES, type RuleScope, ruleNamed, STAGES } from "../kubernetes/admission-rules";
import { signaturesSchema } from "./signatures-schema";

/** As a ServiceEntry names it, without a port. */
const egressHost = z
  .string()
  .max(253)
  .regex(
    /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
    "a host name such as api.example.com, or *.example.com",
  );

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
    egressHosts: unique(egressHost)
      .default([])
      .describe(
        "Hosts outside of the cluster that a mesh's ServiceEntry may name, and with a leading `*.` all hosts below a domain; the rule `service-entries` holds where one is named.",
      ),
    signatures: signaturesSchema
      .optional()
      .describe(
        "Images that have to be signed, checked by an engine of yours. Without it signatures are not looked at.",
      ),
  })
  .superRefine((config, context) => {
    for (const name of Object.keys(config.namespaces))
      if (config.excludeNamespaces.includes(name))
        context.addIssue({
          code: "custom",
          path: ["namespaces", name],
          message: "a namespace that is not in `excludeNamespaces`: no rule looks at those",
        });
    for (const rule of RULE_NAMES) {
      const { needs } = ruleNamed(rule);
      const stage = config.rules[rule];
      if (needs && stage && stage !== "off" && config[needs].length === 0)
        context.addIssue({
          code: "custom",
          path: [needs],
          message: `one or more: the rule \`${rule}\` would refuse everything`,
        });
    }
  });

export type AdmissionConfig = z.output<typeof admissionSchema>;

/** What of it holds for all that judges by the same rules. */
export function scopeOf(config: AdmissionConfig): RuleScope {
  const { rules, registries, egressHosts, excludeNamespaces } = config;
  const off = RULE_NAMES.filter((name) => rules[name] === "off");
  return { registries, egressHosts, excludeNamespaces, off };
}
