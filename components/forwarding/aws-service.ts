import { type AwsCredentials, signedHeaders, signedUpload } from "../node-program/aws-signature";
import { HttpClient, parsed } from "../node-program/http-client";

/** Where a service of AWS is, and who asks it. */
export interface AwsPlace {
  url: string;
  region: string;
  credentials(): Promise<AwsCredentials>;
}

/** AWS did not do what it was asked. */
export class AwsError extends Error {
  constructor(
    /** AWS's own word: ResourceNotFoundException, NoSuchBucket. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 60_000;

/** Signed requests to one service of AWS. */
export class AwsService {
  private readonly client: HttpClient;
  private readonly host: string;

  constructor(private readonly place: AwsPlace) {
    this.client = new HttpClient({ url: place.url }, { timeoutMs: TIMEOUT_MS, connections: 2 });
    this.host = new URL(place.url).host;
  }

  /**
   * A call in AWS's JSON protocol.
   * @param target "Logs_20140328.PutLogEvents"
   * @throws AwsError
   */
  async call(service: string, target: string, input: object): Promise<Record<string, unknown>> {
    const { region, credentials } = this.place;
    const body = JSON.stringify(input);
    const call = { service, region, host: this.host, target, body, time: new Date() };
    const headers = signedHeaders(call, await credentials());
    const answer = await this.client.request({ method: "POST", path: "/", headers, body });
    const content = (parsed(answer.body) ?? {}) as Record<string, unknown>;
    if (answer.status === 200) return content;
    const { __type: type = "", message = "" } = content as { __type?: string; message?: string };
    // With its namespace before it in some answers.
    const code = type.split("#").at(-1) || String(answer.status);
    throw new AwsError(code, `${target.split(".").at(-1)} answered ${answer.status} ${code}: ${message}`);
  }

  /**
   * Puts an object.
   * @param path With the bucket: "/bucket/key"
   * @throws AwsError
   */
  async put(path: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<void> {
    const { region, credentials } = this.place;
    const upload = { region, host: this.host, path, headers, body, time: new Date() };
    const answer = await this.client.request({
      method: "PUT",
      path,
      headers: signedUpload(upload, await credentials()),
      body,
    });
    if (answer.status === 200) return;
    const code = /<Code>([^<]*)<\/Code>/.exec(answer.body)?.[1] ?? String(answer.status);
    const message = /<Message>([^<]*)<\/Message>/.exec(answer.body)?.[1] ?? "";
    throw new AwsError(code, `PutObject to ${path} answered ${answer.status} ${code}: ${message}`);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
