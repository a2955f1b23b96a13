import * as z from "zod/mini";
import { amount, type Environment, readSettings, text } from "../../node-program/settings";

/** The environment variables of the program. The last two come from EKS Pod Identity, which puts them into the pod. */
export const READER_ENVIRONMENT = {
  LOG_GROUP: text,
  STREAM_PREFIX: text,
  AWS_REGION: text,
  LOGS_URL: text,
  COLLECTOR_URL: text,
  STATE_FOLDER: text,
  HEALTH_PORT: amount,
  POLL_SECONDS: amount,
  LATE_MINUTES: amount,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: z.optional(text),
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: z.optional(text),
} satisfies Environment;

export interface ReaderSettings {
  group: string;
  streamPrefix: string;
  region: string;
  logsUrl: string;
  collectorUrl: string;
  stateFolder: string;
  healthPort: number;
  pollMs: number;
  lateMs: number;
  agent: { url: string; tokenFile: string };
}

/** @throws Error that names the variables which are missing or wrong */
export function readerSettings(env: NodeJS.ProcessEnv): ReaderSettings {
  const settings = readSettings(READER_ENVIRONMENT, env);
  const url = settings.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  const tokenFile = settings.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  if (!url || !tokenFile)
    throw new Error(
      "EKS Pod Identity gave this pod no credentials: its ServiceAccount needs an association with a role, and the cluster the add-on eks-pod-identity-agent; then delete the pod, since it gets them when it is made",
    );
  return {
    group: settings.LOG_GROUP,
    streamPrefix: settings.STREAM_PREFIX,
    region: settings.AWS_REGION,
    logsUrl: settings.LOGS_URL,
    collectorUrl: settings.COLLECTOR_URL,
    stateFolder: settings.STATE_FOLDER,
    healthPort: settings.HEALTH_PORT,
    pollMs: settings.POLL_SECONDS * 1000,
    lateMs: settings.LATE_MINUTES * 60_000,
    agent: { url, tokenFile },
  };
}
