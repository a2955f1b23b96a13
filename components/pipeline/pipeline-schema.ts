import { z } from "zod";
import { bytesQuantity } from "../core/config/value-schemas";
import { filterSchema } from "./filters";
import { eventLimitSchema } from "./limit";

const ABSOLUTE_PATH = /^\/[\w./-]*\w$/;
const DURATION = /^\d+(ms|s|m|h)$/;

const queueSchema = z.strictObject({
  nodeMegabytes: z
    .int()
    .min(16)
    .max(100_000)
    .default(512)
    .describe(
      "Disk on each node for what the gateway has not taken yet, in MiB; when it is full the sensors' files wait.",
    ),
  gatewaySize: bytesQuantity
    .default("5Gi")
    .describe("Volume of each gateway for what Elasticsearch has not taken yet."),
  storageClass: z
    .string()
    .min(1)
    .optional()
    .describe("StorageClass of the gateways' volumes; the cluster's default where left out."),
});

const metricsSchema = z.strictObject({
  port: z
    .int()
    .min(1024)
    .max(65_535)
    .default(8888)
    .describe("Port of the collectors' own Prometheus metrics."),
  scrapeNamespaces: z
    .array(z.string().min(1))
    .default(["monitoring"])
    .describe("Namespaces whose pods may read the metrics."),
});

const certificatesSchema = z.strictObject({
  validityDays: z
    .int()
    .min(2)
    .max(825)
    .default(365)
    .describe("Life of the certificates between the collectors."),
  warnBeforeDays: z
    .int()
    .min(1)
    .max(800)
    .default(60)
    .describe("A preview or update warns when fewer days than this are left."),
  generation: z
    .int()
    .min(1)
    .default(1)
    .describe(
      "Count up by one to make new certificates: the collectors are rolled, and trust the authority before it too.",
    ),
});

/** Config of the feature `otel_pipeline`. */
export const pipelineSchema = z
  .strictObject({
    gatewayReplicas: z
      .int()
      .min(1)
      .max(20)
      .default(1)
      .describe("Gateways between the nodes and Elasticsearch."),
    nodeLogBasePath: z
      .string()
      .regex(ABSOLUTE_PATH, "an absolute path without a slash at its end")
      .default("/var/log/security")
      .describe("Folder on every node below which each sensor writes its log files."),
    nodeStatePath: z
      .string()
      .regex(ABSOLUTE_PATH, "an absolute path without a slash at its end")
      .default("/var/lib/security-stack/node-collector")
      .describe("Folder on every node for the collector's read positions and its queue."),
    queue: queueSchema.prefault({}),
    flushInterval: z
      .string()
      .regex(DURATION, 'a duration like "500ms" or "1s"')
      .default("500ms")
      .describe("Longest time that a gateway gathers documents for one bulk request."),
    filters: z
      .array(filterSchema)
      .default([])
      .describe(
        "Events that the gateway leaves out, or keeps a sample of. Of several that fit an event the first decides.",
      ),
    eventLimit: eventLimitSchema,
    metrics: metricsSchema.prefault({}),
    certificates: certificatesSchema.prefault({}),
  })
  .refine((config) => config.certificates.warnBeforeDays < config.certificates.validityDays, {
    path: ["certificates", "warnBeforeDays"],
    message: "less than certificates.validityDays",
  });

export type PipelineConfig = z.output<typeof pipelineSchema>;
