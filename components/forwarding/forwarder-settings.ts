import * as z from "zod/mini";
import { POD_IDENTITY } from "../node-program/pod-credentials";
import { API_SERVER, ELASTICSEARCH, type Environment, text } from "../node-program/settings";

/** The environment of every program that passes documents on, but for its destination. */
export const FORWARDER = {
  ...ELASTICSEARCH,
  ...API_SERVER,
  ...POD_IDENTITY,
  CLUSTER_NAME: text,
  NAMESPACE: text,
  POSITION_CONFIG_MAP: text,
  /** Names of the indices that are read, separated by spaces. */
  INDICES: text,
} satisfies Environment;

/** A folder of a bucket, as a program's file names it. */
export const S3_PLACE = {
  kind: z.literal("s3"),
  url: z.string(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  storageClass: z.string(),
};
