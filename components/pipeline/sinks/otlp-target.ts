import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { OtlpLogs } from "../../forwarding/otlp-logs";
import type { OpenTarget } from "../store-sink/open-target";

const SETTINGS = z.strictObject({
  kind: z.literal("otlp"),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  auth: z.optional(z.strictObject({ header: z.string(), scheme: z.string(), file: z.string() })),
  caFile: z.optional(z.string()),
});

export type OtlpSettings = z.infer<typeof SETTINGS>;

/** A token is read for each request, the authority once. */
export const open: OpenTarget = (written) => {
  const { caFile, ...receiver } = SETTINGS.parse(written);
  const ca = caFile === undefined ? undefined : readFileSync(caFile, "utf8");
  const destination = new OtlpLogs({ ...receiver, ca });
  return {
    destination,
    readOnce: caFile === undefined ? [] : [caFile],
    close: () => destination.close(),
  };
};
