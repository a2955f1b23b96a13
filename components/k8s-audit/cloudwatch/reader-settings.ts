import { POD_IDENTITY, type PodIdentityAgent, podIdentityAgent } from "../../node-program/pod-credentials";
import { amount, type Environment, readSettings, text } from "../../node-program/settings";

/** The environment variables of the program. Those of Pod Identity are put into the pod by EKS. */
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
  ...POD_IDENTITY,
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
  agent: PodIdentityAgent;
}

/** @throws Error that names the variables which are missing or wrong */
export function readerSettings(env: NodeJS.ProcessEnv): ReaderSettings {
  const settings = readSettings(READER_ENVIRONMENT, env);
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
    agent: podIdentityAgent(settings),
  };
}
