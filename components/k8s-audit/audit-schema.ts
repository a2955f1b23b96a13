import { z } from "zod";
import { httpsUrl } from "../core/config/value-schemas";

const SOURCES = ["file", "webhook", "eks"] as const;

/** Parts of the config that belong to one source each, and whether that source can do without. */
const PARTS = [
  { part: "webhook", needed: true },
  { part: "eks", needed: false },
] as const;

const eksSchema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, like "eu-central-1"')
    .optional()
    .describe(
      "AWS region of the cluster. Left out where the stack makes the cluster itself (`global.cluster: eks`), needed elsewhere.",
    ),
  logGroup: z
    .string()
    .regex(/^[\w.#/-]{1,512}$/, "the name of a log group of CloudWatch Logs")
    .optional()
    .describe(
      "Log group of the control plane; by default that of `global.clusterName`, `/aws/eks/<clusterName>/cluster`.",
    ),
  streamPrefix: z
    .string()
    .regex(/^[^:*]{1,512}$/, "the begin of the names of log streams")
    .default("kube-apiserver-audit")
    .describe("Begin of the names of the log streams with audit events."),
  pollSeconds: z.int().min(10).max(600).default(60).describe("Seconds between two looks into the log group."),
  lateMinutes: z
    .int()
    .min(1)
    .max(60)
    .default(5)
    .describe(
      "How much later than its time an event may come into the log group: so much is read again at each look, and what comes later still is lost.",
    ),
});

const webhookSchema = z
  .strictObject({
    url: httpsUrl
      .refine((url) => new URL(url).pathname === "/", "host and port, without a path")
      .describe(
        'Where the API servers reach the receiver: host and port of its Service from the outside, like "https://10.0.0.10:30643". Its certificate is made for this host.',
      ),
    service: z
      .enum(["NodePort", "ClusterIP", "LoadBalancer"])
      .default("NodePort")
      .describe(
        "Type of the receiver's Service. ClusterIP is enough where the control plane's nodes run kube-proxy.",
      ),
    nodePort: z
      .int()
      .min(30_000)
      .max(32_767)
      .optional()
      .describe("Port of the Service on the nodes, for NodePort; by default Kubernetes chooses."),
    keepMegabytes: z
      .int()
      .min(200)
      .max(100_000)
      .default(1000)
      .describe(
        "Most that the receiver's files take of a node's disk; the oldest are deleted beyond it. It is what outlasts an outage of the pipeline.",
      ),
    certificateGeneration: z
      .int()
      .min(1)
      .default(1)
      .describe(
        "Count up by one to make new certificates, and with them a new kubeconfig for the API servers.",
      ),
  })
  .superRefine(({ service, nodePort }, context) => {
    if (nodePort !== undefined && service !== "NodePort")
      context.addIssue({
        code: "custom",
        path: ["nodePort"],
        message: "nothing beside a service that is no NodePort",
      });
  });

/** Config of the feature `k8s_audit`. */
export const auditSchema = z
  .strictObject({
    source: z
      .enum(SOURCES)
      .default("file")
      .describe(
        "How audit events come: `file`, which API servers on nodes of the cluster write; `webhook`, for API servers elsewhere whose flags can be set; `eks`, from the log group that EKS writes to.",
      ),
    webhook: webhookSchema.optional().describe("For the source `webhook`."),
    eks: eksSchema.optional().describe("For the source `eks`."),
  })
  .superRefine((config, context) => {
    for (const { part, needed } of PARTS) {
      const isThere = config[part] !== undefined;
      if (config.source === part ? isThere || !needed : !isThere) continue;
      const message = isThere ? `nothing beside source: ${config.source}` : `what source: ${part} needs`;
      context.addIssue({ code: "custom", path: [part], message });
    }
  });

/** The part `eks` where none is written. */
export function eksDefaults(): EksAuditConfig {
  return eksSchema.parse({});
}

export type AuditConfig = z.output<typeof auditSchema>;
export type WebhookConfig = z.output<typeof webhookSchema>;
export type EksAuditConfig = z.output<typeof eksSchema>;
