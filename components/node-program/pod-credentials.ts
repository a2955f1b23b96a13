import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import type { AwsCredentials } from "./aws-signature";
import { HttpClient, parsed } from "./http-client";
import { type Environment, type Settings, text } from "./settings";

/** What EKS Pod Identity puts into the pods of a ServiceAccount that has a role. */
export const POD_IDENTITY = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: z.optional(text),
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: z.optional(text),
} satisfies Environment;

/** Where the credentials of the pod's role are had. */
export interface PodIdentityAgent {
  url: string;
  /** The kubelet writes new tokens to it. */
  tokenFile: string;
}

/** @throws Error where the pod has no role, with what to do */
export function podIdentityAgent(settings: Settings<typeof POD_IDENTITY>): PodIdentityAgent {
  const url = settings.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  const tokenFile = settings.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  if (!url || !tokenFile)
    throw new Error(
      "EKS Pod Identity gave this pod no credentials: its ServiceAccount needs an association with a role, and the cluster the add-on eks-pod-identity-agent; then delete the pod, since it gets them when it is made",
    );
  return { url, tokenFile };
}

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

  constructor(private readonly agent: PodIdentityAgent) {}

  /** @throws Error that names the agent and what it answered, never what is secret */
  async get(): Promise<AwsCredentials> {
    if (this.known && this.known.until > Date.now() + EARLY_MS) return this.known.credentials;
    const { origin, pathname } = new URL(this.agent.url);
    const client = new HttpClient({ url: origin }, { timeoutMs: 10_000, connections: 1 });
    try {
      const headers = { authorization: readFileSync(this.agent.tokenFile, "utf8").trim() };
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
