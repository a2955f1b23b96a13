import { z } from "zod";
import { httpsUrl } from "../core/config/value-schemas";

const SOURCES = ["file", "webhook"] as const;

/** Parts of the config that belong to one source each. */
const PARTS = ["webhook"] as const;

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
        "How audit events come: `file`, which API servers on nodes of the cluster write; `webhook`, for API servers elsewhere whose flags can be set.",
      ),
    webhook: webhookSchema.optional().describe("For the source `webhook`."),
  })
  .superRefine((config, context) => {
    for (const part of PARTS) {
      const isThere = config[part] !== undefined;
      if (isThere === (config.source === part)) continue;
      const message = isThere ? `nothing beside source: ${config.source}` : `what source: ${part} needs`;
      context.addIssue({ code: "custom", path: [part], message });
    }
  });

export type AuditConfig = z.output<typeof auditSchema>;
export type WebhookConfig = z.output<typeof webhookSchema>;
