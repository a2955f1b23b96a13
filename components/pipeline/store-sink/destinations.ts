import * as fs from "node:fs";
import { CloudwatchLogs } from "../../forwarding/cloudwatch-logs";
import type { Destination } from "../../forwarding/forward";
import { NdjsonObjects } from "../../forwarding/ndjson-parts";
import { OtlpLogs } from "../../forwarding/otlp-logs";
import { S3Objects } from "../../forwarding/s3-objects";
import { PodCredentials } from "../../node-program/pod-credentials";
import type { SinkSettings } from "./sink-settings";

/** The destination, and how to let go of its connections. */
export interface Opened {
  destination: Destination;
  close(): Promise<void>;
}

/** @throws Error where a file with an authority can't be read */
export function openDestination(settings: SinkSettings["destination"]): Opened {
  if (settings.kind === "otlp") {
    const { caFile, ...receiver } = settings;
    const ca = caFile === undefined ? undefined : fs.readFileSync(caFile, "utf8");
    return closing(new OtlpLogs({ ...receiver, ca }));
  }
  const credentials = new PodCredentials(settings.agent);
  const place = { ...settings, credentials: () => credentials.get() };
  if (settings.kind === "cloudwatch") return closing(new CloudwatchLogs(place, settings));
  const objects = new S3Objects(place, settings);
  const destination = new NdjsonObjects(
    "documents",
    (document) => ({ line: JSON.stringify(document) }),
    objects,
  );
  return { destination, close: () => objects.close() };
}

function closing(destination: Destination & { close(): Promise<void> }): Opened {
  return { destination, close: () => destination.close() };
}
