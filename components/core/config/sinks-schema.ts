import { z } from "zod";
import { hasOneCredential, kafkaClientParts, kafkaName, ONE_CREDENTIAL } from "./kafka-schema";
import { dnsLabel, duration, httpsUrl, secretRef, tcpPort, text, unique } from "./value-schemas";

/** A token of RFC 9110, of which a header's name is made. */
const HEADER = /^[A-Za-z0-9!#%&'*+.^_`|~-]{1,100}$/;
const headerName = z.string().regex(HEADER, 'the name of a header, like "X-Scope-OrgID"');

/** Names of headers that hold credentials as a rule: their values would be in a ConfigMap, in clear. */
const CREDENTIAL = /authorization|cookie|token|secret|password|api-?_?key/i;

const plainHeader = headerName.refine((name) => !CREDENTIAL.test(name), {
  message: "a header without a credential: those go into a Secret, by `auth`",
});

const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, like "eu-central-1"')
  .describe("The AWS region.");

const replicas = z
  .int()
  .min(1)
  .max(50)
  .default(1)
  .describe(
    "Pods that share the topic's partitions; the policies for production ask for two. One where it reads from Elasticsearch.",
  );

const reader = z
  .strictObject({
    ...kafkaClientParts,
    consumerGroup: kafkaName
      .optional()
      .describe(
        "Its consumer group; `security-otlp-<name>`, `security-cloudwatch`, `security-s3` by default.",
      ),
  })
  .refine(hasOneCredential, ONE_CREDENTIAL)
  .describe(
    "Who it is to Kafka: may describe and read the topic and its own group, nothing else. Without it the sink reads what Elasticsearch has.",
  );

/** From where a sink has its documents. */
const source = {
  kafka: reader.optional(),
  apiKeySecretRef: secretRef(
    "Of a sink that reads from Elasticsearch: Secret with an encoded API key of its own, with the privilege read on all indices of the stack; `sink-<its name>-api-key` by default.",
    "api_key",
  ).optional(),
};

const authSchema = z
  .strictObject({
    secretRef: secretRef("Secret with the token, which is read again when it changes.", "token"),
    header: headerName.default("Authorization").describe("Header that it is sent in."),
    scheme: z
      .string()
      .regex(/^[A-Za-z0-9-]{0,40}$/, 'a scheme like "Bearer" or "Basic", or none')
      .default("Bearer")
      .describe("What is before it: `Basic` for user and password in base64; empty for a bare key."),
  })
  .describe("Credential for the receiver.");

const otlpSchema = z.strictObject({
  name: dnsLabel.max(40).describe("Its name: its pods are those of Deployment `sink-otlp-<name>`."),
  endpoint: httpsUrl.describe("URL of an OTLP receiver (HTTP); `/v1/logs` is added to it."),
  podPort: tcpPort
    .optional()
    .describe(
      "Port of the receiver's pods, where it is `<service>.<namespace>.svc`; every port of that namespace otherwise.",
    ),
  headers: z
    .record(
      plainHeader,
      text
        .min(1)
        .max(1000)
        .refine((value) => !value.includes("$"), "a value without `$`, which a collector replaces"),
    )
    .default({})
    .describe("Further headers, in clear: a tenant, for instance."),
  auth: authSchema.optional(),
  caSecretRef: secretRef(
    "Secret with the CA certificate of the receiver; without it that of a public CA.",
    "ca.crt",
  ).optional(),
  replicas,
  ...source,
});

// What CloudWatch Logs and the collector's exporter take (internal/aws/cwlogs 0.152, utils.go).
const RETENTION_DAYS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365],
  ...[400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653],
] as const;

const cloudwatchSchema = z
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
    region,
    retentionDays: z
      .literal(RETENTION_DAYS)
      .default(365)
      .describe(
        "Days that CloudWatch keeps them, where the log group is made here; one of those that it takes.",
      ),
    replicas,
    ...source,
  })
  .describe("Sends the documents to CloudWatch Logs too, by EKS Pod Identity. See docs/sinks.md.");

const STORAGE_CLASSES = ["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"] as const;

/** A bucket, and where in it. */
export const bucketParts = (prefix: string) => ({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket: lower case, digits, '.-', 3 to 63")
    .refine((name) => !name.includes("..") && !/^\d+(\.\d+){3}$/.test(name), "no IP address, and no `..`")
    .describe("Bucket, which has to exist; its lifecycle rules say how long objects stay."),
  prefix: z
    .string()
    .max(512)
    .regex(/^[\w.=-]+(\/[\w.=-]+)*$/, "a prefix of letters, digits and '_.=-/', without a slash at its ends")
    .refine((value) => !value.split("/").some((part) => part === "." || part === ".."), "no `.` and `..`")
    .default(prefix)
    .describe("What the objects' keys begin with, before `/year=/month=/day=/hour=`."),
  region,
  storageClass: z.enum(STORAGE_CLASSES).default("STANDARD").describe("Storage class of the objects."),
});

const s3Schema = z
  .strictObject({
    ...bucketParts("security-stack"),
    flushInterval: duration("10ms", "10s")
      .default("250ms")
      .describe(
        "Longest time that documents are gathered for one object. A pod reads at most as many of the gateways' records in it as the topic has partitions, of one tool each: with a longer one let the gateways make fewer, by their own `flushInterval`. With Kafka only: what is read from Elasticsearch is written once a minute.",
      ),
    replicas,
    ...source,
  })
  .describe("Writes the documents to S3 too, as an archive, by EKS Pod Identity. See docs/sinks.md.");

/** Where documents go besides Elasticsearch. */
export const sinkSchemas = {
  otlp: unique(otlpSchema)
    .max(10)
    .default([])
    .describe(
      "Receivers of OTLP that get the documents too: Loki, ClickHouse, any vendor. See docs/sinks.md.",
    ),
  cloudwatch: cloudwatchSchema.optional(),
  s3: s3Schema.optional(),
};

const sinksSchema = z.object(sinkSchemas);

/** As the stack config has them. */
export type ConfiguredSinks = z.output<typeof sinksSchema>;
export type SinkReader = z.output<typeof reader>;

/** One that reads from Kafka. */
type Reading<Config> = Config & { kafka: SinkReader };

export type OtlpConfig = Reading<ConfiguredSinks["otlp"][number]>;
export type CloudwatchConfig = Reading<NonNullable<ConfiguredSinks["cloudwatch"]>>;
export type S3Config = Reading<NonNullable<ConfiguredSinks["s3"]>>;

/** Those that read from Kafka. */
export interface Sinks {
  otlp: OtlpConfig[];
  cloudwatch?: CloudwatchConfig | undefined;
  s3?: S3Config | undefined;
}
