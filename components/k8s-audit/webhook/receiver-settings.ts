import { hostname } from "node:os";
import { amount, type Environment, file, readSettings, text } from "../../node-program/settings";
import type { EventFileOptions } from "./event-file";
import { FILE_PREFIX } from "./webhook-names";

/** The environment variables of the program; the Deployment sets them. */
export const ENVIRONMENT = {
  PORT: amount,
  HEALTH_PORT: amount,
  SERVER_CERTIFICATE_FILE: file,
  SERVER_KEY_FILE: file,
  /** Of the API server's certificate. */
  CLIENT_CA_FILE: file,
  EVENTS_FOLDER: text,
  FILE_MEGABYTES: amount,
  MAX_MEGABYTES: amount,
} satisfies Environment;

export interface ReceiverSettings {
  port: number;
  healthPort: number;
  tls: { cert: string; key: string; ca: string };
  file: Omit<EventFileOptions, "say">;
}

const MEGABYTE = 1024 * 1024;

/** @throws Error that names the variables which are missing or wrong */
export function receiverSettings(env: NodeJS.ProcessEnv): ReceiverSettings {
  const settings = readSettings(ENVIRONMENT, env);
  return {
    port: settings.PORT,
    healthPort: settings.HEALTH_PORT,
    tls: {
      cert: settings.SERVER_CERTIFICATE_FILE,
      key: settings.SERVER_KEY_FILE,
      ca: settings.CLIENT_CA_FILE,
    },
    file: {
      folder: settings.EVENTS_FOLDER,
      prefix: FILE_PREFIX,
      writer: hostname(),
      fileBytes: settings.FILE_MEGABYTES * MEGABYTE,
      maxBytes: settings.MAX_MEGABYTES * MEGABYTE,
    },
  };
}
