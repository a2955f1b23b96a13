import { z } from "zod";
import { hasOneCredential, kafkaClientParts, kafkaName, ONE_CREDENTIAL } from "./kafka-schema";
import { secretRef } from "./value-schemas";

/** An AWS region. */
export const awsRegion = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, like "eu-central-1"')
  .describe("The AWS region.");

const reader = z
  .strictObject({
    ...kafkaClientParts,
    consumerGroup: kafkaName
      .optional()
      .describe(
        "Its consumer group; by default `security-<key>` as in `security-s3`, of a list `security-<key>-<name>` as in `security-otlp-loki`.",
      ),
  })
  .refine(hasOneCredential, ONE_CREDENTIAL)
  .describe(
    "Who it is to Kafka: may describe and read the topic and its own group, nothing else. Without it the sink reads what Elasticsearch has.",
  );

/** Keys of every sink: how many pods it has, and from where it has its documents. */
export const sinkParts = {
  replicas: z
    .int()
    .min(1)
    .max(50)
    .default(1)
    .describe(
      "Pods that share the topic's partitions; the policies for production ask for two. One where it reads from Elasticsearch.",
    ),
  kafka: reader.optional(),
  apiKeySecretRef: secretRef(
    "Of a sink that reads from Elasticsearch: Secret with an encoded API key of its own, with the privilege read on all indices of the stack; `sink-<its name>-api-key` by default.",
    "api_key",
  ).optional(),
};

const anySink = z.object({ name: z.string().optional(), ...sinkParts });

/** What the config of every sink has; a name where there are several of its kind. */
export type SinkConfig = z.output<typeof anySink>;

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
  region: awsRegion,
  storageClass: z.enum(STORAGE_CLASSES).default("STANDARD").describe("Storage class of the objects."),
});
