import { HttpClient } from "../../../components/node-program/http-client";

/** API versions of the services that are asked by form (AWS's query protocol). */
const VERSIONS = { ec2: "2016-11-15", iam: "2010-05-08", sts: "2011-06-15" } as const;

/** Requests of the tests' own to moto, which checks no signature unless it is told to. */
export class MotoClient {
  private readonly client: HttpClient;

  constructor(
    url: string,
    private readonly region: string,
  ) {
    this.client = new HttpClient({ url }, { timeoutMs: 30_000 });
  }

  /** The answer's XML. */
  async call(
    service: keyof typeof VERSIONS,
    action: string,
    parameters: Record<string, string>,
  ): Promise<string> {
    const { status, body } = await this.client.request({
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: this.signature(service),
      },
      body: new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters }).toString(),
    });
    if (status !== 200) throw new Error(`${action} of moto answered ${status}: ${body.slice(0, 300)}`);
    return body;
  }

  /** The answer of a service that is asked in JSON. @param target "TrentService.ListKeys" */
  async json(service: string, target: string, input: object): Promise<Record<string, unknown>> {
    const { status, body } = await this.client.request({
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": target,
        authorization: this.signature(service),
      },
      body: JSON.stringify(input),
    });
    if (status !== 200) throw new Error(`${target} of moto answered ${status}: ${body.slice(0, 300)}`);
    return (body ? JSON.parse(body) : {}) as Record<string, unknown>;
  }

  /** Whether moto checks signatures, and the actions that policies allow, from now on: of the tests' own requests too. */
  async checkRights(checks: boolean): Promise<void> {
    const body = checks ? "0" : "Infinity";
    const { status } = await this.client.request({ method: "POST", path: "/moto-api/reset-auth", body });
    if (status !== 200) throw new Error(`moto answered ${status}`);
  }

  private signature(service: string): string {
    return `AWS4-HMAC-SHA256 Credential=test/20260101/${this.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** What is in the first element of a name. @throws Error where there is none */
export function element(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (found === undefined) throw new Error(`no ${name} in ${xml.slice(0, 500)}`);
  return found;
}
