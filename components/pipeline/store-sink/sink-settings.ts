import * as z from "zod/mini";
import { FORWARDER, S3_PLACE } from "../../forwarding/forwarder-settings";
import { podIdentityAgent } from "../../node-program/pod-credentials";
import { amount, type Environment, file, readSettings, text } from "../../node-program/settings";

/** The environment variables of the program; the Deployment sets them, but for those of Kubernetes and EKS. */
export const ENVIRONMENT = {
  ...FORWARDER,
  /** "otlp-loki", "cloudwatch", "s3". */
  SINK_ID: text,
  DESTINATION_FILE: file,
  INTERVAL_SECONDS: amount,
  METRICS_PORT: amount,
} satisfies Environment;

const DESTINATION = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("otlp"),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    auth: z.optional(z.strictObject({ header: z.string(), scheme: z.string(), file: z.string() })),
    caFile: z.optional(z.string()),
  }),
  z.strictObject({
    kind: z.literal("cloudwatch"),
    url: z.string(),
    region: z.string(),
    group: z.string(),
    stream: z.string(),
    retentionDays: z.number(),
  }),
  z.strictObject(S3_PLACE),
]);

/** Where the documents go, as the ConfigMap of the program has it. */
export type DestinationSettings = z.infer<typeof DESTINATION>;

/** @throws Error that names what is missing or wrong */
export function sinkSettings(env: NodeJS.ProcessEnv) {
  const settings = readSettings(ENVIRONMENT, env);
  const destination = DESTINATION.parse(JSON.parse(settings.DESTINATION_FILE));
  return {
    settings,
    destination:
      destination.kind === "otlp" ? destination : { ...destination, agent: podIdentityAgent(settings) },
    indices: settings.INDICES.split(" "),
  };
}

export type SinkSettings = ReturnType<typeof sinkSettings>;
