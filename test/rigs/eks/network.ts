import { randomUUID } from "node:crypto";

export interface Subnet {
  id: string;
  vpc: string;
  zone: string;
}

/** The EC2 of moto, for what EKS itself looks up and makes there. */
export class Network {
  constructor(
    private readonly moto: string,
    private readonly region: string,
  ) {}

  async subnets(ids: readonly string[]): Promise<Subnet[]> {
    const xml = await this.call("DescribeSubnets", indexed("SubnetId", ids));
    return [...xml.matchAll(/<subnetId>([^<]+)<\/subnetId>[\s\S]*?(?=<subnetId>|$)/g)].map(([part, id = ""]) => ({
      id,
      vpc: first(part, "vpcId"),
      zone: first(part, "availabilityZone"),
    }));
  }

  /** The security group that EKS makes with a cluster, and deletes with it. */
  async createSecurityGroup(cluster: string, vpc: string): Promise<string> {
    const xml = await this.call("CreateSecurityGroup", {
      GroupName: `eks-cluster-sg-${cluster}-${randomUUID().slice(0, 8)}`,
      GroupDescription: "EKS created security group applied to the control plane and the nodes",
      VpcId: vpc,
    });
    return first(xml, "groupId");
  }

  async deleteSecurityGroup(id: string): Promise<void> {
    await this.call("DeleteSecurityGroup", { GroupId: id });
  }

  private async call(action: string, parameters: Record<string, string>): Promise<string> {
    const answer = await fetch(this.moto, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${this.region}/ec2/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: new URLSearchParams({ Action: action, Version: "2016-11-15", ...parameters }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action} of moto answered ${answer.status}: ${text.slice(0, 300)}`);
    return text;
  }
}

function first(xml: string, tag: string): string {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? "";
}

function indexed(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i + 1}`, value]));
}
