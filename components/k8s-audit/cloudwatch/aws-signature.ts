import { sign } from "aws4";

/** Temporary credentials of a role. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** A POST in AWS's JSON protocol, to `/`. */
export interface AwsCall {
  service: string;
  region: string;
  host: string;
  /** "Logs_20140328.FilterLogEvents" */
  target: string;
  body: string;
  time: Date;
}

/** The headers of a call, with its signature of version 4. */
export function signedHeaders(call: AwsCall, credentials: AwsCredentials): Record<string, string> {
  const { service, region, host, target, body, time } = call;
  const request = {
    ...{ service, region, host, body, method: "POST", path: "/" },
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-date": time.toISOString().replace(/[-:]|\.\d{3}/g, ""),
      "x-amz-target": target,
    },
    // The client that sends it counts itself.
    extraHeadersToIgnore: { "content-length": true },
  };
  const { headers = {} } = sign(request, credentials);
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(lowered.filter(([name]) => name !== "content-length"));
}
