import * as z from "zod/mini";
import { CloudwatchLogs } from "../../forwarding/cloudwatch-logs";
import type { OpenTarget } from "../store-sink/open-target";

const SETTINGS = z.strictObject({
  kind: z.literal("cloudwatch"),
  url: z.string(),
  region: z.string(),
  group: z.string(),
  stream: z.string(),
  retentionDays: z.number(),
});

export type CloudwatchSettings = z.infer<typeof SETTINGS>;

export const open: OpenTarget = (written, podCredentials) => {
  const settings = SETTINGS.parse(written);
  const credentials = podCredentials();
  const destination = new CloudwatchLogs({ ...settings, credentials: () => credentials.get() }, settings);
  return { destination, close: () => destination.close() };
};
