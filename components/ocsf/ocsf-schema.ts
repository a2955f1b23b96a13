import { z } from "zod";
import { kubernetesCronProblem } from "../core/config/cron";
import { hasOneCredential, kafkaClientParts, kafkaName, ONE_CREDENTIAL } from "../core/config/kafka-schema";
import { bucketParts } from "../core/config/sinks-schema";
import { dataKey, dnsSubdomain } from "../core/config/value-schemas";

const { prefix, region, ...bucket } = bucketParts("ocsf");

const s3Schema = z
  .strictObject({
    ...bucket,
    prefix: prefix.describe(
      "What the objects' keys begin with, before `/year=/month=/day=/hour=`, or before `/<source>-<class>/region=/accountId=/eventDay=` with `format: parquet`: `ext` in a bucket of Security Lake's.",
    ),
    region,
  })
  .describe("Writes them to a bucket, compressed, by EKS Pod Identity.");

/** Of the claim, where the config names neither it nor a bucket. */
const CLAIM = "ocsf-events";

const claimSchema = z
  .strictObject({
    name: dnsSubdomain
      .default(CLAIM)
      .describe("Name of a PersistentVolumeClaim of yours in `global.restrictedNamespace`."),
  })
  .describe(
    "Writes them to a volume, which is what it does without `s3`. How long they stay there is yours to say.",
  );

const lakeSchema = z
  .strictObject({
    accountId: z
      .string()
      .regex(
        /^(\d{12}|external(_[A-Za-z0-9-]{1,64})?)$/,
        'the 12 digits of an AWS account, in quotes, or "external" or "external_<name>" for what is in none',
      )
      .describe(
        "The AWS account that the events are about, for `accountId=` in the keys. Of a cluster outside AWS `external`, or `external_` and a name.",
      ),
    region: region
      .optional()
      .describe("Region of Security Lake's bucket, for `region=` in the keys. Default: that of `s3`."),
    source: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$/,
        "letters, digits, '_-', at most 15: with the class's number behind it, a custom source has 20",
      )
      .default("security-stack")
      .describe("What the names of the custom sources begin with: each class has one, `<source>-<class>`."),
  })
  .describe("How Amazon Security Lake is to find the files of `format: parquet`. See docs/ocsf.md.");

/** The name of its topic and of its consumer group, where the config names no other. */
const TOPIC = "security-ocsf";

const topicSchema = z
  .strictObject({
    ...kafkaClientParts,
    topic: kafkaName.default(TOPIC).describe("Topic of the events, one in a record. It has to exist."),
    consumerGroup: kafkaName.default(TOPIC).describe("Its consumer group, in which it reads the lines."),
    replicas: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe("Pods that share the partitions of the lines; the policies for production ask for two."),
  })
  .refine(hasOneCredential, ONE_CREDENTIAL)
  .describe(
    "Writes them to a topic of `output.kafka`, of what is in its topic of lines, seconds after it came. Who it is to Kafka: may describe and read the lines and its group, describe and write its topic, nothing else. Files are written only where `s3` or `volumeClaim` says so then.",
  );

export const ocsfSchema = z
  .strictObject({
    schedule: z
      .string()
      .superRefine((text, context) => {
        const problem = kubernetesCronProblem(text);
        if (problem) context.addIssue({ code: "custom", message: problem });
      })
      .default("*/5 * * * *")
      .describe(
        "When new documents become events. What came in the minute before a run is left for the next one.",
      ),
    format: z
      .enum(["ndjson", "parquet"])
      .default("ndjson")
      .describe(
        "`ndjson`: a JSON object per line. `parquet`: Apache Parquet as Amazon Security Lake takes it of custom sources, a file for each class and day.",
      ),
    securityLake: lakeSchema.optional(),
    kafka: topicSchema.optional(),
    s3: s3Schema.optional(),
    volumeClaim: claimSchema.optional(),
    apiKeySecretRef: z
      .strictObject({
        name: dnsSubdomain.default("ocsf-api-key"),
        key: dataKey.default("api_key"),
      })
      .prefault({})
      .describe(
        "Secret, in `global.restrictedNamespace`, with an encoded API key of its own: privilege read on all indices of the stack.",
      ),
  })
  .refine(({ s3, volumeClaim }) => s3 === undefined || volumeClaim === undefined, {
    path: ["volumeClaim"],
    message: "nothing beside s3: the events are written to one place",
  })
  .refine(({ format, securityLake }) => format === "ndjson" || securityLake !== undefined, {
    path: ["securityLake"],
    message: "securityLake: { accountId: ... }, which `format: parquet` has in the names of its files",
  })
  .refine(({ format, securityLake }) => format === "parquet" || securityLake === undefined, {
    path: ["format"],
    message: "parquet: Security Lake takes no other; or no securityLake",
  })
  .refine(({ s3, securityLake }) => securityLake === undefined || (securityLake.region ?? s3) !== undefined, {
    path: ["securityLake", "region"],
    message: "the region of the bucket that the files go to: without s3 nothing else says it",
  });

export type OcsfConfig = z.output<typeof ocsfSchema>;

/** What the names of files in Parquet are made of; undefined where it writes none. */
export function lakeOf({ s3, securityLake }: OcsfConfig) {
  const region = securityLake?.region ?? s3?.region;
  return securityLake && region !== undefined ? { ...securityLake, region } : undefined;
}

/** Whether it writes files, beside a topic or without one. */
export function writesFiles({ kafka, s3, volumeClaim }: OcsfConfig): boolean {
  return kafka === undefined || s3 !== undefined || volumeClaim !== undefined;
}

/** The claim that it writes to; none where it writes to a bucket, or no files. */
export function claimOf(config: OcsfConfig): string | undefined {
  const { s3, volumeClaim } = config;
  return s3 || !writesFiles(config) ? undefined : (volumeClaim?.name ?? CLAIM);
}
