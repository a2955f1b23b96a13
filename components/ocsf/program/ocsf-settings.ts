import * as z from "zod/mini";
import { FORWARDER, S3_PLACE } from "../../forwarding/forwarder-settings";
import { podIdentityAgent } from "../../node-program/pod-credentials";
import { type Environment, file, readSettings } from "../../node-program/settings";

/** The environment variables of the program; the CronJob sets them, but for those of Kubernetes and EKS. */
export const ENVIRONMENT = {
  ...FORWARDER,
  TARGET_FILE: file,
} satisfies Environment;

const LAKE = z.optional(z.strictObject({ source: z.string(), region: z.string(), accountId: z.string() }));

const TARGET = z.discriminatedUnion("kind", [
  z.strictObject({ ...S3_PLACE, lake: LAKE }),
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
