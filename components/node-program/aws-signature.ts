import { type Request, sign } from "aws4";

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

/** An object that is put into a bucket. */
export interface AwsUpload {
  region: string;
  host: string;
  /** With the bucket: "/bucket/key". */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  time: Date;
}

/** The headers of a call, with its signature of version 4. */
export function signedHeaders(call: AwsCall, credentials: AwsCredentials): Record<string, string> {
  const { service, region, host, target, body, time } = call;
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  return signed({ service, region, host, body, method: "POST", path: "/", headers }, time, credentials);
}

/** The headers of an upload to S3, with its signature of version 4 over the content too. */
export function signedUpload(upload: AwsUpload, credentials: AwsCredentials): Record<string, string> {
  const { region, host, path, headers, body, time } = upload;
  const request = { service: "s3", region, host, path, method: "PUT", body, headers: { ...headers } };
  return signed(request, time, credentials);
}

function signed(request: Request, time: Date, credentials: AwsCredentials): Record<string, string> {
  const { headers = {} } = sign(
    {
      ...request,
      headers: { ...request.headers, "x-amz-date": time.toISOString().replace(/[-:]|\.\d{3}/g, "") },
      // The client that sends it counts itself.
      ...{ extraHeadersToIgnore: { "content-length": true } },
    },
    credentials,
  );
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(lowered.filter(([name]) => name !== "content-length"));
}
