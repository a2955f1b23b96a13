import { FORWARDER } from "../../forwarding/forwarder-settings";
import { amount, type Environment, file, readSettings, text } from "../../node-program/settings";

/** The environment variables of the program; the Deployment sets them, but for those of Kubernetes and EKS. */
export const ENVIRONMENT = {
  ...FORWARDER,
  /** "otlp-loki", "s3". */
  SINK_ID: text,
  DESTINATION_FILE: file,
  INTERVAL_SECONDS: amount,
  METRICS_PORT: amount,
} satisfies Environment;

/** @throws Error that names what is missing or wrong */
export function sinkSettings(env: NodeJS.ProcessEnv) {
  const settings = readSettings(ENVIRONMENT, env);
  const destination: unknown = JSON.parse(settings.DESTINATION_FILE);
  return { settings, destination, indices: settings.INDICES.split(" ") };
}

export type SinkSettings = ReturnType<typeof sinkSettings>;
