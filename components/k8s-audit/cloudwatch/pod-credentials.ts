import { readFileSync } from "node:fs";
import { HttpClient, parsed } from "../../node-program/http-client";
import type { AwsCredentials } from "./aws-signature";

/** Before their end, so that a call that is under way does not outlive them. */
const EARLY_MS = 5 * 60_000;

/** What the agent of EKS Pod Identity answers (eks-pod-identity-agent, pkg/credentials). */
interface AgentAnswer {
  AccessKeyId?: string;
  SecretAccessKey?: string;
  Token?: string;
  Expiration?: string;
}

/** The credentials of the pod's role, from the agent on its node; asked for again before they end. */
export class PodCredentials {
  private known: { credentials: AwsCredentials; until: number } | undefined;

  constructor(
    /** `AWS_CONTAINER_CREDENTIALS_FULL_URI` */
    private readonly url: string,
    /** `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`; the kubelet writes new ones to it. */
    private readonly tokenFile: string,
  ) {}

  /** @throws Error that names the agent and what it answered, never what is secret */
  async get(): Promise<AwsCredentials> {
    if (this.known && this.known.until > Date.now() + EARLY_MS) return this.known.credentials;
    const { origin, pathname } = new URL(this.url);
    const client = new HttpClient({ url: origin }, { timeoutMs: 10_000, connections: 1 });
    try {
      const headers = { authorization: readFileSync(this.tokenFile, "utf8").trim() };
      const { status, body } = await client.request({ method: "GET", path: pathname, headers });
      if (status !== 200) throw new Error(`the agent of Pod Identity at ${origin} answered ${status}`);
      const credentials = credentialsOf(parsed(body), origin);
      this.known = credentials;
      return credentials.credentials;
    } finally {
      await client.close();
    }
  }
}

function credentialsOf(answer: unknown, origin: string): { credentials: AwsCredentials; until: number } {
  const { AccessKeyId, SecretAccessKey, Token, Expiration = "" } = (answer ?? {}) as AgentAnswer;
  if (!AccessKeyId || !SecretAccessKey)
    throw new Error(`the agent of Pod Identity at ${origin} answered no credentials`);
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
  return { credentials, until: Date.parse(Expiration) || 0 };
}
