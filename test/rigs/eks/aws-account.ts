import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, startCluster } from "../../../tools/dev/cluster/embedded-cluster";
import type { Endpoint } from "./clusters";
import { EbsDriver } from "./ebs-driver";
import { eksModel, Moto } from "./moto";
import { element, MotoClient } from "./moto-client";
import { ClosedProxy } from "./proxy";
import { EksStandIn } from "./server";
import { TokenWebhook } from "./token-webhook";

export const REGION = "eu-central-1";
export const ACCOUNT = "123456789012";

/** An IAM user of the account. */
export interface Principal {
  arn: string;
  /** Variables by which an AWS client is this user, at the stand-in and nowhere else. */
  environment: Record<string, string>;
}

export interface AccountOptions {
  /** The folder that moto is installed in. */
  moto: string;
  clusterName: string;
  /** For files, and the name of the control plane. */
  folder: string;
  changeMs?: number;
}

/**
 * An AWS account on loopback: moto, the stand-in of the EKS API, and a real control plane behind the endpoint of its
 * clusters, which asks the token webhook who somebody is.
 */
export class AwsAccount {
  private constructor(
    readonly standIn: EksStandIn,
    readonly url: string,
    private controlPlane: Cluster,
    private readonly endpoint: Endpoint,
    private readonly startControlPlane: () => Promise<Cluster>,
    readonly moto: MotoClient,
    private readonly proxy: { url: string; refused: readonly string[] },
    private readonly stops: (() => Promise<void>)[],
  ) {}

  static async start({
    moto: motoFolder,
    clusterName,
    folder,
    changeMs,
  }: AccountOptions): Promise<AwsAccount> {
    mkdirSync(folder, { recursive: true });
    const stops: (() => Promise<void>)[] = [];
    try {
      const moto = await Moto.start(motoFolder);
      stops.push(() => moto.stop());
      const proxy = new ClosedProxy();
      const proxyUrl = await proxy.start();
      stops.push(() => proxy.stop());
      const client = new MotoClient(moto.url, REGION);
      stops.push(() => client.close());
      let standIn: EksStandIn | undefined;
      const webhook = new TokenWebhook(
        () => {
          if (!standIn) throw new Error("not started");
          return standIn.account;
        },
        moto.url,
        clusterName,
      );
      const webhookUrl = await webhook.start();
      stops.push(() => webhook.stop());
      const startControlPlane = () =>
        startCluster({
          name: `eks-${clusterName}`,
          ephemeral: true,
          apiServer: webhookArguments(webhookUrl, folder),
        });
      const kubernetes = await startControlPlane();
      stops.push(() => kubernetes.stop());
      const hasDriver = () =>
        [...(standIn?.account.clusters.values() ?? [])].some(({ addons }) =>
          /^(ACTIVE|UPDATING)$/.test(addons.get("aws-ebs-csi-driver")?.status ?? ""),
        );
      const driver = new EbsDriver(kubernetes.kubeconfigPath, client, `${REGION}a`, hasDriver);
      stops.push(() => driver.stop());
      const endpoint = endpointOf(kubernetes);
      standIn = new EksStandIn({
        moto: moto.url,
        model: eksModel(motoFolder),
        endpoint,
        region: REGION,
        accountId: ACCOUNT,
        changeMs,
      });
      const url = await standIn.start();
      const served = standIn;
      stops.push(() => served.stop());
      return new AwsAccount(
        served,
        url,
        kubernetes,
        endpoint,
        startControlPlane,
        client,
        { url: proxyUrl, refused: proxy.refused },
        stops,
      );
    } catch (error) {
      for (const stop of stops.reverse()) await stop();
      throw error;
    }
  }

  /** What is behind the endpoint of its clusters. */
  get kubernetes(): Cluster {
    return this.controlPlane;
  }

  /** Another control plane, empty and at another address, as a cluster has that is made again. */
  async renewControlPlane(): Promise<void> {
    await this.controlPlane.stop();
    this.controlPlane = await this.startControlPlane();
    Object.assign(this.endpoint, endpointOf(this.controlPlane));
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }

  /** A new IAM user with an access key. */
  async user(name: string): Promise<Principal> {
    const made = await this.moto.call("iam", "CreateUser", { UserName: name });
    const key = await this.moto.call("iam", "CreateAccessKey", { UserName: name });
    return {
      arn: element(made, "Arn"),
      environment: this.environment(element(key, "AccessKeyId"), element(key, "SecretAccessKey")),
    };
  }

  /** What wanted to leave this machine. */
  get refused(): readonly string[] {
    return this.proxy.refused;
  }

  /** Variables that lead every AWS client to the stand-in, and all else to a proxy that lets nothing through. */
  environment(key: string, secret: string): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      HTTPS_PROXY: this.proxy.url,
      HTTP_PROXY: this.proxy.url,
      NO_PROXY: "127.0.0.1,localhost",
    };
  }
}

function webhookArguments(server: string, folder: string): string[] {
  const file = join(folder, "token-webhook.json");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "webhook",
    clusters: [{ name: "webhook", cluster: { server } }],
    users: [{ name: "api-server", user: {} }],
    contexts: [{ name: "webhook", context: { cluster: "webhook", user: "api-server" } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return [
    `--authentication-token-webhook-config-file=${file}`,
    "--authentication-token-webhook-version=v1",
    "--authentication-token-webhook-cache-ttl=1s",
  ];
}

function endpointOf({ server, kubeconfigPath }: Cluster): Endpoint {
  return { url: server, ca: certificateOf(kubeconfigPath) };
}

function certificateOf(kubeconfig: string): string {
  const found = /"?certificate-authority-data"?:\s*"?([A-Za-z0-9+/=]+)/.exec(
    readFileSync(kubeconfig, "utf8"),
  )?.[1];
  if (found !== undefined) return found;
  const file = /"?certificate-authority"?:\s*"?([^\s",]+)/.exec(readFileSync(kubeconfig, "utf8"))?.[1];
  if (file === undefined) throw new Error(`${kubeconfig} names no certificate authority`);
  return readFileSync(file).toString("base64");
}
