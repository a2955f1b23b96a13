import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { HttpClient } from "../../../components/node-program/http-client";
import type { CollectorConfig } from "../../../components/pipeline/collector-config";
import { MotoClient } from "../eks/moto-client";

export const REGION = "eu-central-1";
export const LOG_GROUP = "/security/documents";
export const BUCKET = "security-archive";
export const PREFIX = "stack/dev";

/** What a pod gets of EKS Pod Identity; moto checks none. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

/** The exporters at an address of this machine. */
export function atMoto(url: string): (config: CollectorConfig) => CollectorConfig {
  const endpoints: Record<string, object> = {
    awscloudwatchlogs: { endpoint: url },
    awss3: { s3uploader: { endpoint: url, s3_force_path_style: true, disable_ssl: true } },
  };
  return (config) => {
    const exporters = Object.entries(config.exporters).map(([id, exporter]) => {
      const { s3uploader, ...own } = (endpoints[id] ?? {}) as { s3uploader?: object };
      const uploader = s3uploader
        ? { s3uploader: { ...(exporter["s3uploader"] as object), ...s3uploader } }
        : {};
      return [id, { ...exporter, ...own, ...uploader }];
    });
    return { ...config, exporters: Object.fromEntries(exporters) };
  };
}

interface LogEvent {
  message: string;
}

/** What is in CloudWatch's log group and in the bucket. */
export class AwsDestinations {
  private readonly client: MotoClient;

  private readonly http: HttpClient;

  constructor(url: string) {
    this.client = new MotoClient(url, REGION);
    this.http = new HttpClient({ url }, { timeoutMs: 30_000 });
  }

  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.http.close()]);
  }

  /** Of each event its `event.id`, in the order of arrival; none without the log group. */
  async logged(): Promise<string[]> {
    const groups = await this.logs("DescribeLogGroups", { logGroupNamePrefix: LOG_GROUP });
    if ((groups["logGroups"] as unknown[]).length === 0) return [];
    const stream = { logGroupName: LOG_GROUP, logStreamName: "security-stack", startFromHead: true };
    const ids: string[] = [];
    for (let token: string | undefined; ; ) {
      const answer = await this.logs("GetLogEvents", { ...stream, ...(token ? { nextToken: token } : {}) });
      const events = answer["events"] as LogEvent[];
      ids.push(...events.map(({ message }) => (JSON.parse(message) as Logged).body.event.id));
      if (events.length === 0) return ids;
      token = answer["nextForwardToken"] as string;
    }
  }

  async retentionDays(): Promise<unknown> {
    const { logGroups } = await this.logs("DescribeLogGroups", { logGroupNamePrefix: LOG_GROUP });
    return (logGroups as { retentionInDays?: number }[])[0]?.retentionInDays;
  }

  async makeBucket(): Promise<void> {
    // Outside of us-east-1 the place has to be named (S3 API, CreateBucket).
    const place = `<LocationConstraint>${REGION}</LocationConstraint>`;
    await this.s3(`/${BUCKET}`, "PUT", `<CreateBucketConfiguration>${place}</CreateBucketConfiguration>`);
  }

  /** Keys of the objects. */
  async keys(): Promise<string[]> {
    const xml = await this.s3(`/${BUCKET}?list-type=2`);
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key.replaceAll("%3D", "="));
  }

  /** Of each line of each object its `event.id`. */
  async archived(): Promise<string[]> {
    const texts = await Promise.all((await this.keys()).map((key) => this.s3(`/${BUCKET}/${key}`)));
    const lines = texts.flatMap((text) => text.split("\n").filter((line) => line !== ""));
    return lines.map((line) => (JSON.parse(line) as Logged["body"]).event.id);
  }

  private logs(action: string, input: object): Promise<Record<string, unknown>> {
    return this.client.json("logs", `Logs_20140328.${action}`, input);
  }

  /** What is stored compressed, unpacked. @throws Error with moto's answer */
  private async s3(path: string, method: "GET" | "PUT" = "GET", sent?: string): Promise<string> {
    const scope = `Credential=test/20260101/${REGION}/s3/aws4_request`;
    const { status, headers, body } = await this.http.stream({
      method,
      path,
      ...(sent === undefined ? {} : { body: sent }),
      headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    });
    const bytes = await buffer(body);
    if (status !== 200) throw new Error(`${method} ${path} of moto answered ${status}`);
    return (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
  }
}

interface Logged {
  body: { event: { id: string } };
}
