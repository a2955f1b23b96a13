import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";

/** A stand-in of the agent of EKS Pod Identity, which is a program of AWS on its nodes: it gives credentials that moto takes. */
export class PodIdentityStandIn {
  private constructor(
    private readonly server: Server,
    /** What EKS puts into a pod. */
    readonly env: Record<string, string>,
  ) {}

  static async start(folder: string): Promise<PodIdentityStandIn> {
    const token = "the-pods-token";
    const server = createServer((request, response) => {
      if (request.headers.authorization !== token) return response.writeHead(401).end();
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      const answer = { AccessKeyId: "test", SecretAccessKey: "test", Token: "session", Expiration };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const tokenFile = path.join(folder, "pod-identity-token");
    fs.writeFileSync(tokenFile, `${token}\n`);
    const { port } = server.address() as AddressInfo;
    return new PodIdentityStandIn(server, {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
