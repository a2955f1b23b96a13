import { amount, type Environment, text } from "../../node-program/settings";

/** The environment variables of the program beside a collector. */
export const TOPIC_ENVIRONMENT = {
  /** Where it takes documents, and where it hands events to, both in its pod. */
  DOCUMENTS_URL: text,
  EVENTS_URL: text,
  METRICS_PORT: amount,
} satisfies Environment;
