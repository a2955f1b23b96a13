import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpClient } from "../../../components/node-program/http-client";
import { Access } from "./access";
import { Account, AwsRefusal } from "./account";
import { Addons, describe as describeAddon } from "./addons";
import { Clusters, type Endpoint } from "./clusters";
import { MotoClient } from "./moto-client";
import { Network } from "./network";
import { describe as describeNodeGroup, NodeGroups } from "./node-groups";
import { type Fields, isFields, ServiceModel } from "./service-model";

/** A request, as it came in. */
export interface Call {
  service: string;
  /** Of EKS; of other services the `Action` or the target, where there is one. */
  operation: string;
  status: number;
  input: Fields;
}

export interface StandInOptions {
  /** URL of moto, which answers for all other services. */
  moto: string;
  /** botocore's `service-2.json.gz` of EKS. */
  model: string;
  /** What stands behind the clusters' endpoints. */
  endpoint: Endpoint;
  region: string;
  accountId?: string;
  /** How long creating, updating and deleting take. */
  changeMs?: number;
}

type Handler = (input: Fields) => Fields | Promise<Fields>;

/**
 * A stand-in of the EKS API: every request is validated against AWS's own service model, and answers have that model's
 * shapes. All other services are moto's. It is not EKS: nothing runs, and rights are not checked.
 */
export class EksStandIn {
  readonly calls: Call[] = [];
  /** Faults of the stand-in's own: what it answered and AWS's model does not have, and the like. */
  readonly failures: string[] = [];
  readonly account: Account;
  readonly nodeGroups: NodeGroups;
  readonly addons: Addons;
  /** Called before each request, of whatever service; what it throws is the answer. */
  before: (operation: string, input: Fields) => void = () => {};
  /** Called once a request is carried out, before the answer is on its way. */
  after: (operation: string) => void = () => {};
  private readonly moto: MotoClient;
  private readonly motoHttp: HttpClient;
  private readonly model: ServiceModel;
  private readonly handlers: Record<string, Handler>;
  private readonly server: Server;

  constructor(options: StandInOptions) {
    const { region, accountId = "123456789012", changeMs = 300, moto, endpoint } = options;
    this.moto = new MotoClient(moto, region);
    this.motoHttp = new HttpClient({ url: moto }, { timeoutMs: 60_000 });
    const network = new Network(this.moto);
    this.account = new Account(region, accountId, changeMs);
    this.model = new ServiceModel(options.model);
    this.nodeGroups = new NodeGroups(this.account, network);
    this.addons = new Addons(this.account);
    this.handlers = this.handlersOf(new Clusters(this.account, network, endpoint), new Access(this.account));
    this.server = createServer((request, response) => {
      void this.answer(request).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
        (error: Error) => {
          this.failures.push(`${error.stack}`);
          response.writeHead(500).end("the stand-in failed");
        },
      );
    });
  }

  /** Listens on loopback. @returns its URL, for AWS_ENDPOINT_URL */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.moto.close();
    await this.motoHttp.close();
  }

  /** Names of the operations of EKS that were called since a point, in order. */
  operations(since = 0): string[] {
    return this.calls
      .slice(since)
      .flatMap(({ service, operation }) => (service === "eks" ? [operation] : []));
  }

  private handlersOf(clusters: Clusters, access: Access): Record<string, Handler> {
    const { account, nodeGroups, addons } = this;
    const nodeGroup: Handler = (input) => ({ nodegroup: describeNodeGroup(nodeGroups.find(input)) });
    return {
      CreateCluster: (input) => clusters.create(input),
      DescribeCluster: (input) => ({ cluster: clusters.describe(account.cluster(input["name"])) }),
      ListClusters: () => ({ clusters: [...account.clusters.keys()] }),
      DeleteCluster: (input) => clusters.delete(input["name"]),
      UpdateClusterVersion: (input) => clusters.updateVersion(input),
      UpdateClusterConfig: (input) => clusters.updateConfig(input),
      DescribeUpdate: (input) => clusters.describeUpdate(input),
      CreateNodegroup: (input) => nodeGroups.create(input),
      DescribeNodegroup: nodeGroup,
      ListNodegroups: (input) => ({
        nodegroups: [...account.cluster(input["clusterName"]).nodeGroups.keys()],
      }),
      UpdateNodegroupConfig: (input) => nodeGroups.updateConfig(input),
      UpdateNodegroupVersion: (input) => nodeGroups.updateVersion(input),
      DeleteNodegroup: (input) => nodeGroups.delete(input),
      CreateAddon: (input) => addons.create(input),
      DescribeAddon: (input) => ({ addon: describeAddon(addons.find(input)) }),
      DescribeAddonVersions: (input) => addons.versions(input),
      UpdateAddon: (input) => addons.update(input),
      DeleteAddon: (input) => addons.delete(input),
      CreateAccessEntry: (input) => access.create(input),
      DescribeAccessEntry: (input) => ({ accessEntry: access.find(input).fields }),
      DeleteAccessEntry: (input) => access.delete(input),
      AssociateAccessPolicy: (input) => access.associate(input),
      DisassociateAccessPolicy: (input) => access.disassociate(input),
      ListAssociatedAccessPolicies: (input) => access.policies(input),
      CreatePodIdentityAssociation: (input) => access.associatePod(input),
      DeletePodIdentityAssociation: (input) => access.releasePod(input),
      DescribePodIdentityAssociation: (input) => ({ association: access.podIdentity(input).fields }),
    };
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const body = await read(request);
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const service = serviceOf(request, url);
    if (service !== "eks") return this.passOn(request, url, body, service);
    const call: Call = { service, operation: `${request.method} ${url.pathname}`, status: 200, input: {} };
    this.calls.push(call);
    const fields: unknown = body.length > 0 ? JSON.parse(body.toString("utf8")) : {};
    try {
      const answer = await this.handle(request.method ?? "GET", url, isFields(fields) ? fields : {}, call);
      this.after(call.operation);
      return json(200, answer);
    } catch (error) {
      call.status = error instanceof AwsRefusal ? error.status : 500;
      if (!(error instanceof AwsRefusal)) throw error;
      return json(error.status, { message: error.message }, { "x-amzn-errortype": error.code });
    }
  }

  private async handle(method: string, url: URL, body: Fields, call: Call): Promise<Fields> {
    const request = this.model.read(method, url, body);
    if (!request) throw new AwsRefusal(404, "UnknownOperationException", `${method} ${url.pathname}`);
    Object.assign(call, { operation: request.operation, input: request.input });
    if (request.faults.length > 0)
      throw new AwsRefusal(400, "ValidationException", request.faults.join("; "));
    this.account.settle();
    this.before(request.operation, request.input);
    const handler = this.handlers[request.operation];
    if (!handler)
      throw new AwsRefusal(501, "NotInStandIn", `The stand-in of the EKS API lacks ${request.operation}.`);
    const answer = await handler(request.input);
    const faults = this.model.faultsOfAnswer(request.operation, answer);
    if (faults.length > 0)
      throw new Error(`${request.operation} answers what the model does not have: ${faults.join("; ")}`);
    return answer;
  }

  private async passOn(request: IncomingMessage, url: URL, body: Buffer, service: string): Promise<Answer> {
    const operation = actionOf(request, url, body);
    try {
      this.before(operation, {});
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error;
      this.calls.push({ service, operation, status: error.status, input: {} });
      return refusalInXml(error);
    }
    const { host: _, connection: __, "transfer-encoding": ___, ...headers } = request.headers;
    const answer = await this.motoHttp.request({
      method: request.method as "GET",
      path: `${url.pathname}${url.search}`,
      headers,
      body: body.length > 0 ? body : undefined,
    });
    this.calls.push({ service, operation, status: answer.status, input: {} });
    this.after(operation);
    const kept = operation === "DescribeLaunchTemplateVersions" ? withoutOwnTags(answer.body) : answer.body;
    const type = answer.headers["content-type"] ?? "text/xml";
    return { status: answer.status, headers: { "content-type": type }, body: kept };
  }
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string;
}

function json(status: number, body: Fields, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** As EC2 and IAM write errors: the one has them in a list, the other one by itself, and clients look for their own. */
function refusalInXml({ status, code, message }: AwsRefusal): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse><Errors>${error}</Errors>${error}<RequestId>0</RequestId></ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Which service a request was signed for: its credential scope says so. */
function serviceOf(request: IncomingMessage, url: URL): string {
  const signed = request.headers.authorization ?? url.searchParams.get("X-Amz-Credential") ?? "";
  return /\/\d{8}\/[a-z0-9-]+\/([a-z0-9-]+)\/aws4_request/.exec(signed)?.[1] ?? "unsigned";
}

function actionOf(request: IncomingMessage, url: URL, body: Buffer): string {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? target;
  const form = new URLSearchParams(body.toString("utf8").slice(0, 10_000));
  return form.get("Action") ?? url.searchParams.get("Action") ?? `${request.method} ${url.pathname}`;
}

/** moto 5.2.5 copies a launch template's own tags into the data of its version, which the real EC2 does not. */
function withoutOwnTags(xml: string): string {
  return xml.replace(
    /<item>\s*<resourceType>launch-template<\/resourceType>[\s\S]*?<\/tagSet>\s*<\/item>/g,
    "",
  );
}
