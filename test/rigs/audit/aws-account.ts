import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { READER_ACTIONS } from "../../../components/k8s-audit/cloudwatch/reader-workload";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { Moto } from "../eks/moto";
import { element, MotoClient } from "../eks/moto-client";

export const REGION = "eu-central-1";
export const GROUP = "/aws/eks/test/cluster";

const TOKEN = "token-of-the-pod";

/** What is put into a log stream. */
export interface Put {
  timestamp: number;
  message: string;
}

/**
 * CloudWatch Logs and IAM of moto, with the log group of an EKS cluster and a role that may do what the reader's may; and an
 * agent of Pod Identity that gives out its credentials. moto checks signatures and actions, of resources it knows nothing.
 */
export class AuditAccount {
  private constructor(
    private readonly moto: Moto,
    private readonly client: MotoClient,
    private readonly agent: Server,
    private readonly tokenFile: string,
  ) {}

  static async start(folder: string, streams: readonly string[]): Promise<AuditAccount> {
    const tools = await ensureTools(["moto"]);
    const moto = await Moto.start(tools.moto);
    const client = new MotoClient(moto.url, REGION);
    await client.json("logs", "Logs_20140328.CreateLogGroup", { logGroupName: GROUP });
    for (const logStreamName of streams)
      await client.json("logs", "Logs_20140328.CreateLogStream", { logGroupName: GROUP, logStreamName });
    const agent = await startAgent(await credentialsOf(client));
    mkdirSync(folder, { recursive: true });
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, `${TOKEN}\n`);
    await client.checkRights(true);
    return new AuditAccount(moto, client, agent, tokenFile);
  }

  /** As the API servers' agents do, which nobody's rights are about. */
  async put(logStreamName: string, events: readonly Put[]): Promise<void> {
    await this.client.checkRights(false);
    const logEvents = [...events].sort((a, b) => a.timestamp - b.timestamp);
    const input = { logGroupName: GROUP, logStreamName, logEvents };
    await this.client.json("logs", "Logs_20140328.PutLogEvents", input);
    await this.client.checkRights(true);
  }

  /** Of the reader's program: where AWS is, and what Pod Identity puts into its pod. */
  get env(): Record<string, string> {
    return {
      LOG_GROUP: GROUP,
      AWS_REGION: REGION,
      LOGS_URL: this.moto.url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(this.agent.address() as AddressInfo).port}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: this.tokenFile,
    };
  }

  async stop(): Promise<void> {
    this.agent.closeAllConnections();
    await new Promise((resolve) => this.agent.close(resolve));
    await this.client.close();
    await this.moto.stop();
  }
}

async function credentialsOf(client: MotoClient): Promise<object> {
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole" }] };
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: READER_ACTIONS, Resource: "*" }],
  };
  const RoleName = "audit-reader";
  await client.call("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  const PolicyDocument = JSON.stringify(policy);
  await client.call("iam", "PutRolePolicy", { RoleName, PolicyName: "reads", PolicyDocument });
  const RoleArn = `arn:aws:iam::123456789012:role/${RoleName}`;
  const xml = await client.call("sts", "AssumeRole", { RoleArn, RoleSessionName: "pod" });
  return {
    AccessKeyId: element(xml, "AccessKeyId"),
    SecretAccessKey: element(xml, "SecretAccessKey"),
    Token: element(xml, "SessionToken"),
    Expiration: element(xml, "Expiration"),
  };
}

async function startAgent(credentials: object): Promise<Server> {
  const server = createServer(({ headers, url }, response) => {
    const isPod = headers.authorization === TOKEN && url === "/v1/credentials";
    response.writeHead(isPod ? 200 : 400).end(isPod ? JSON.stringify(credentials) : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
