import * as z from "zod/mini";
import { POD_IDENTITY, podIdentityAgent } from "../../node-program/pod-credentials";
import {
  API_SERVER,
  ELASTICSEARCH,
  type Environment,
  file,
  readSettings,
  text,
} from "../../node-program/settings";

/** The environment variables of the program; the CronJob sets them, but for those of Kubernetes and EKS. */
export const ENVIRONMENT = {
  ...ELASTICSEARCH,
  ...API_SERVER,
  ...POD_IDENTITY,
  CLUSTER_NAME: text,
  NAMESPACE: text,
  POSITION_CONFIG_MAP: text,
  /** Names of the indices that are read, separated by spaces. */
  INDICES: text,
  TARGET_FILE: file,
} satisfies Environment;

const LAKE = z.optional(z.strictObject({ source: z.string(), region: z.string(), accountId: z.string() }));

const TARGET = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("s3"),
    lake: LAKE,
    url: z.string(),
    region: z.string(),
    bucket: z.string(),
    prefix: z.string(),
    storageClass: z.string(),
  }),
  z.strictObject({ kind: z.literal("folder"), lake: LAKE, path: z.string() }),
]);

/** Where the files go; with a lake as Parquet for it, without as NDJSON. */
export type Target = z.infer<typeof TARGET>;

/** @throws Error that names what is missing or wrong */
export function ocsfSettings(env: NodeJS.ProcessEnv) {
  const settings = readSettings(ENVIRONMENT, env);
  const target = TARGET.parse(JSON.parse(settings.TARGET_FILE));
  return {
    settings,
    target: target.kind === "s3" ? { ...target, agent: podIdentityAgent(settings) } : target,
    indices: settings.INDICES.split(" "),
  };
}
