import { randomUUID } from "node:crypto";
import { element, type MotoClient } from "./moto-client";

export interface Subnet {
  id: string;
  vpc: string;
  zone: string;
}

/** The EC2 of moto, for what EKS itself looks up and makes there. */
export class Network {
  constructor(private readonly moto: MotoClient) {}

  async subnets(ids: readonly string[]): Promise<Subnet[]> {
    const xml = await this.moto.call("ec2", "DescribeSubnets", indexed("SubnetId", ids));
    return [...xml.matchAll(/<subnetId>([^<]+)<\/subnetId>[\s\S]*?(?=<subnetId>|$)/g)].map(
      ([part, id = ""]) => ({
        id,
        vpc: element(part, "vpcId"),
        zone: element(part, "availabilityZone"),
      }),
    );
  }

  /** The security group that EKS makes with a cluster, and deletes with it. */
  async createSecurityGroup(cluster: string, vpc: string): Promise<string> {
    const xml = await this.moto.call("ec2", "CreateSecurityGroup", {
      GroupName: `eks-cluster-sg-${cluster}-${randomUUID().slice(0, 8)}`,
      GroupDescription: "EKS created security group applied to the control plane and the nodes",
      VpcId: vpc,
    });
    return element(xml, "groupId");
  }

  async deleteSecurityGroup(id: string): Promise<void> {
    await this.moto.call("ec2", "DeleteSecurityGroup", { GroupId: id });
  }
}

function indexed(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i + 1}`, value]));
}
