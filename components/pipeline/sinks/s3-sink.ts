import { z } from "zod";
import { bucketParts, sinkParts } from "../../core/config/sinks-schema";
import { duration } from "../../core/config/value-schemas";
import { defineSink, type SinkExporter, type SinkRights } from "../../core/contract/sink";
import { serviceUrl } from "../../core/tables/eks";
import { toEndpoint } from "../../kubernetes/network-policies";
import { ENDLESS_RETRY, MAX_BATCH_BYTES } from "../collector-config";
import { ANSWERED } from "../kafka-receiver";
import { recordProcessor } from "../sink-documents";
import type { S3Settings } from "./s3-target";

const schema = z
  .strictObject({
    ...bucketParts("security-stack"),
    flushInterval: duration("10ms", "10s")
      .default("250ms")
      .describe(
        "Longest time that documents are gathered for one object. A pod reads at most as many of the gateways' records in it as the topic has partitions, of one tool each: with a longer one let the gateways make fewer, by their own `flushInterval`. With Kafka only: what is read from Elasticsearch is written once a minute.",
      ),
    ...sinkParts,
  })
  .describe("Writes the documents to S3 too, as an archive, by EKS Pod Identity. See docs/sinks.md.");

type S3Config = z.output<typeof schema>;

/** Objects of a bucket. */
export const s3 = defineSink({
  name: "s3",
  schema: schema.optional(),
  destination: (config: S3Config) => ({
    egress: [toEndpoint(serviceUrl("s3", config.region))],
    secrets: [],
    rights: rightsOf(config),
    exporter: exporterOf(config),
    target: { source: "components/pipeline/sinks/s3-target.ts", settings: settingsOf(config) },
  }),
});

function rightsOf({ bucket, prefix }: S3Config): SinkRights {
  return { service: "s3", actions: ["s3:PutObject"], resources: [`${bucket}/${prefix}/*`] };
}

function exporterOf({ bucket, prefix, region, storageClass, flushInterval }: S3Config): SinkExporter {
  return {
    id: "awss3",
    config: {
      s3uploader: {
        region,
        s3_bucket: bucket,
        s3_prefix: prefix,
        s3_partition_format: "year=%Y/month=%m/day=%d/hour=%H",
        s3_partition_timezone: "UTC",
        file_prefix: "documents-",
        unique_key_func_name: "uuidv7",
        compression: "gzip",
        storage_class: storageClass,
      },
      // A document in a line.
      marshaler: "body",
      timeout: "30s",
      retry_on_failure: ENDLESS_RETRY,
      // Every batch is an object.
      sending_queue: {
        ...ANSWERED,
        batch: {
          flush_timeout: flushInterval,
          min_size: MAX_BATCH_BYTES,
          max_size: MAX_BATCH_BYTES,
          sizer: "bytes",
        },
      },
    },
    record: recordProcessor(),
  };
}

function settingsOf({ bucket, prefix, region, storageClass }: S3Config): S3Settings {
  return { kind: "s3", url: serviceUrl("s3", region), region, bucket, prefix, storageClass };
}
