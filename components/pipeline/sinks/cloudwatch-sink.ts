import { z } from "zod";
import { awsRegion, sinkParts } from "../../core/config/sinks-schema";
import { defineSink, type SinkExporter, type SinkRights } from "../../core/contract/sink";
import { serviceUrl } from "../../core/tables/eks";
import { toEndpoint } from "../../kubernetes/network-policies";
import { ENDLESS_RETRY } from "../collector-config";
import { ANSWERED } from "../kafka-receiver";
import { recordProcessor } from "../sink-documents";
import type { CloudwatchSettings } from "./cloudwatch-target";

// What CloudWatch Logs and the collector's exporter take (internal/aws/cwlogs 0.152, utils.go).
const RETENTION_DAYS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365],
  ...[400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653],
] as const;

const schema = z
  .strictObject({
    // Without the braces by which the exporter takes a part of the name from a record.
    logGroup: z
      .string()
      .regex(/^[\w./#-]{1,512}$/, "the name of a log group: letters, digits and '_./#-', at most 512")
      .refine((name) => !/^aws\//i.test(name), "a name that does not begin with `aws/`, which is AWS's own")
      .describe("Log group; it is made where it is not there."),
    logStream: z
      .string()
      .regex(/^[\w./#-]{1,512}$/, "the name of a log stream: letters, digits and '_./#-', at most 512")
      .default("security-stack")
      .describe("Log stream in it."),
    region: awsRegion,
    retentionDays: z
      .literal(RETENTION_DAYS)
      .default(365)
      .describe(
        "Days that CloudWatch keeps them, where the log group is made here; one of those that it takes.",
      ),
    ...sinkParts,
  })
  .describe("Sends the documents to CloudWatch Logs too, by EKS Pod Identity. See docs/sinks.md.");

type CloudwatchConfig = z.output<typeof schema>;

/** A log group of CloudWatch Logs. */
export const cloudwatch = defineSink({
  name: "cloudwatch",
  schema: schema.optional(),
  destination: (config: CloudwatchConfig) => ({
    egress: [toEndpoint(serviceUrl("logs", config.region))],
    secrets: [],
    rights: rightsOf(config),
    exporter: exporterOf(config),
    target: { source: "components/pipeline/sinks/cloudwatch-target.ts", settings: settingsOf(config) },
  }),
});

function rightsOf({ region, logGroup }: CloudwatchConfig): SinkRights {
  return {
    service: "logs",
    region,
    actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutRetentionPolicy"],
    resources: [`log-group:${logGroup}`, `log-group:${logGroup}:*`],
  };
}

/** Of what CloudWatch refuses by its time, a batch with one such record would be tried again without end. */
const HOURS = 12;

/**
 * Not the body alone (`raw_log`): from such a record the exporter takes the log group, where its JSON names one
 * (awscloudwatchlogsexporter 0.152, logToCWLog).
 */
function exporterOf({ logGroup, logStream, region, retentionDays }: CloudwatchConfig): SinkExporter {
  return {
    id: "awscloudwatchlogs",
    config: {
      log_group_name: logGroup,
      log_stream_name: logStream,
      region,
      log_retention: retentionDays,
      retry_on_failure: ENDLESS_RETRY,
      sending_queue: ANSWERED,
    },
    record: recordProcessor(HOURS),
  };
}

function settingsOf({ logGroup, logStream, region, retentionDays }: CloudwatchConfig): CloudwatchSettings {
  return {
    ...{ kind: "cloudwatch", url: serviceUrl("logs", region), region },
    ...{ group: logGroup, stream: logStream, retentionDays },
  };
}
