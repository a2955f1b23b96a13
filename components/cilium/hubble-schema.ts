import { z } from "zod";
import { unique } from "../core/config/value-schemas";
import { FEW_SERIES, METRIC_LABELS, parseMetric } from "./hubble-metrics";

const metrics = z
  .array(
    z
      .string()
      .max(400)
      .regex(/^[\w:;=,|-]+$/, 'a metric like "drop:labelsContext=source_namespace", without spaces')
      .superRefine((text, context) => {
        const found = parseMetric(text);
        if (typeof found === "string") context.addIssue({ code: "custom", message: found });
      }),
  )
  .superRefine((texts, context) => {
    const names = texts.map((text) => text.split(":")[0]);
    names.forEach((name, index) => {
      if (names.indexOf(name) !== index)
        context.addIssue({ code: "custom", path: [index], message: `${name} once, with all of its options` });
    });
  })
  .default(
    ["dns:ignoreAAAA", "drop", "tcp", "flow", "icmp", "httpV2"].map(
      (name) =>
        `${name}${name.includes(":") ? ";" : ":"}labelsContext=source_namespace,source_workload,destination_namespace,destination_workload`,
    ),
  )
  .describe(
    "Metrics of the network, as `name:option;option=value`. `dns` and `httpV2` count only what a CiliumNetworkPolicy for DNS or HTTP sends through the agent's proxy, and nothing within a mesh's mutual TLS. None: no port for them.",
  );

/** The key `hubble` of Cilium's config. */
export const hubble = z
  .strictObject({
    metrics,
    metricLabels: unique(z.enum(METRIC_LABELS))
      .default(FEW_SERIES as (typeof METRIC_LABELS)[number][])
      .describe(
        "Labels that metrics may have. One for each pod or address makes as many time series as there are pods.",
      ),
    relay: z
      .boolean()
      .default(true)
      .describe("A pod that answers for the agents of all nodes, over TLS to them."),
    ui: z
      .boolean()
      .default(false)
      .describe("A page that shows flows; through a port-forward. Needs `relay`."),
    drops: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe("Write each packet that was dropped to a file on the node, which the collector reads."),
        maxMegabytes: z
          .int()
          .min(1)
          .max(1024)
          .default(10)
          .describe("Size at which the file is rotated, in MB."),
        maxFiles: z.int().min(1).max(100).default(5).describe("Rotated files that are kept on the node."),
      })
      .prefault({})
      .describe("Dropped packets as events."),
  })
  .prefault({})
  .describe("Hubble: what the agents see of the network.");
