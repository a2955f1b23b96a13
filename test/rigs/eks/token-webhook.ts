import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpClient } from "../../../components/node-program/http-client";
import type { Account } from "./account";

const PREFIX = "k8s-aws-v1.";
const MAX_AGE_MS = 15 * 60_000;

/**
 * The authenticator of a stand-in cluster: kube-apiserver sends it each token, and it asks STS (moto's) who signed it, as
 * aws-iam-authenticator does. Access entries say what that principal is.
 */
export class TokenWebhook {
  private readonly server: Server;
  private readonly moto: HttpClient;

  constructor(
    private readonly account: () => Account,
    moto: string,
    private readonly clusterName: string,
  ) {
    this.moto = new HttpClient({ url: moto }, { timeoutMs: 10_000 });
    this.server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { spec } = JSON.parse(Buffer.concat(parts).toString("utf8")) as { spec: { token: string } };
      const user = await this.userOf(spec.token).catch(() => undefined);
      const status = user ? { authenticated: true, user } : { authenticated: false };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status }));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.moto.close();
  }

  private async userOf(token: string): Promise<{ username: string; groups: string[] } | undefined> {
    const arn = await this.signerOf(token);
    const entries = this.account().clusters.get(this.clusterName)?.accessEntries;
    const entry = arn === undefined ? undefined : entries?.get(arn);
    if (!entry) return undefined;
    const isAdmin = entry.policies.some(({ policyArn }) =>
      policyArn.endsWith("/AmazonEKSClusterAdminPolicy"),
    );
    const groups = [...entry.fields.kubernetesGroups, ...(isAdmin ? ["system:masters"] : [])];
    return { username: entry.fields.username, groups };
  }

  /** The token is a signed request to STS, for this cluster and no older than a quarter of an hour. */
  private async signerOf(token: string): Promise<string | undefined> {
    if (!token.startsWith(PREFIX)) return undefined;
    const signed = new URL(Buffer.from(token.slice(PREFIX.length), "base64url").toString("utf8"));
    const query = signed.searchParams;
    if (query.get("Action") !== "GetCallerIdentity") return undefined;
    if (!query.get("X-Amz-SignedHeaders")?.split(";").includes("x-k8s-aws-id")) return undefined;
    const [, y, mo, d, h, mi, s] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get("X-Amz-Date") ?? "") ?? [];
    const age = Date.now() - Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    if (!(Math.abs(age) < MAX_AGE_MS)) return undefined;
    // As a form: moto takes a signed GET for one of S3. It checks no signature, so that whose key it is has to do.
    const { body } = await this.moto.request({
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `AWS4-HMAC-SHA256 Credential=${query.get("X-Amz-Credential")}, SignedHeaders=host;x-k8s-aws-id, Signature=${query.get("X-Amz-Signature")}`,
      },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    return /<Arn>([^<]+)<\/Arn>/.exec(body)?.[1];
  }
}
