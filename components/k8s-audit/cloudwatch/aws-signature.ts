import { createHash, createHmac } from "node:crypto";

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

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The headers of a call with its signature (IAM user guide, "Signature Version 4": create a signed request). */
export function signedHeaders(call: AwsCall, credentials: AwsCredentials): Record<string, string> {
  const { service, region, body } = call;
  const time = call.time.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const { sessionToken } = credentials;
  // In the order of their names, which the signature goes by.
  const headers: Record<string, string> = {
    "content-type": "application/x-amz-json-1.1",
    host: call.host,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    "x-amz-target": call.target,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const request = ["POST", "/", "", ...lines, "", names, sha256(body)].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = [ALGORITHM, time, scope, sha256(request)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (before, part) => hmac(before, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, text).toString("hex");
  const credential = `${credentials.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
