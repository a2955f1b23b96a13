import * as z from "zod/mini";
import { S3_PLACE } from "../../forwarding/forwarder-settings";
import { NdjsonObjects } from "../../forwarding/ndjson-parts";
import { S3Objects } from "../../forwarding/s3-objects";
import type { OpenTarget } from "../store-sink/open-target";

const SETTINGS = z.strictObject(S3_PLACE);

export type S3Settings = z.infer<typeof SETTINGS>;

export const open: OpenTarget = (written, podCredentials) => {
  const settings = SETTINGS.parse(written);
  const credentials = podCredentials();
  const objects = new S3Objects({ ...settings, credentials: () => credentials.get() }, settings);
  const toLine = (document: unknown) => ({ line: JSON.stringify(document) });
  return { destination: new NdjsonObjects("documents", toLine, objects), close: () => objects.close() };
};
