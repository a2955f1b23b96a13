import { CLUSTER_TAG } from "../../components/cluster/node-group-plan";

/** What Pulumi was told of a resource. */
export type Inputs = Readonly<Record<string, unknown>>;

/** Where a part of a cluster is that an interrupted update may have made, so that the next can't make it a second time. */
export interface Part {
  /** By which Pulumi imports it: a name that the stack gave it, or what it is between. */
  id?: (inputs: Inputs) => string;
  /** Of `aws`, which prints that id, of what has none before it is made. */
  find?: (inputs: Inputs) => string[];
  /** Of `aws`, which ends once it is ready. */
  wait?: (inputs: Inputs, id: string) => string[];
}

const inCluster =
  (part: string) =>
  (inputs: Inputs): string =>
    `${inputs["clusterName"]}:${inputs[part]}`;

/** The first with the tags that the stack gives it, in the VPC that it is for. */
const tagged =
  (describe: string, ids: string, options: { flag?: string; filters?: readonly string[] } = {}) =>
  ({ tags, tagsAll, vpcId }: Inputs): string[] => {
    const { flag = "--filters", filters = [] } = options;
    const { Name, [CLUSTER_TAG]: cluster } = { ...Object(tagsAll), ...Object(tags) } as Record<
      string,
      string
    >;
    return [
      ...["ec2", describe, flag, `Name=tag:Name,Values=${Name}`],
      ...(cluster === undefined ? [] : [`Name=tag:${CLUSTER_TAG},Values=${cluster}`]),
      ...(typeof vpcId === "string" && describe !== "describe-internet-gateways"
        ? [`Name=vpc-id,Values=${vpcId}`]
        : []),
      ...[...filters, "--query", `${ids} | [0]`, "--output", "text"],
    ];
  };

/** By type. Roles, launch templates and keys are not among them: Pulumi names them anew, and what is left is found by its tag. */
export const PARTS: Readonly<Record<string, Part>> = {
  "aws:eks/cluster:Cluster": {
    id: ({ name }) => String(name),
    wait: ({ name }) => ["eks", "wait", "cluster-active", "--name", String(name)],
  },
  "aws:eks/nodeGroup:NodeGroup": {
    id: inCluster("nodeGroupName"),
    wait: ({ clusterName, nodeGroupName }) => [
      ...["eks", "wait", "nodegroup-active", "--cluster-name", String(clusterName)],
      ...["--nodegroup-name", String(nodeGroupName)],
    ],
  },
  "aws:eks/addon:Addon": { id: inCluster("addonName") },
  "aws:eks/accessEntry:AccessEntry": { id: inCluster("principalArn") },
  "aws:cloudwatch/logGroup:LogGroup": { id: ({ name }) => String(name) },
  "aws:kms/alias:Alias": { id: ({ name }) => String(name) },
  "aws:ec2/vpc:Vpc": { find: tagged("describe-vpcs", "Vpcs[].VpcId") },
  "aws:ec2/subnet:Subnet": { find: tagged("describe-subnets", "Subnets[].SubnetId") },
  "aws:ec2/internetGateway:InternetGateway": {
    find: tagged("describe-internet-gateways", "InternetGateways[].InternetGatewayId"),
  },
  "aws:ec2/routeTable:RouteTable": { find: tagged("describe-route-tables", "RouteTables[].RouteTableId") },
  "aws:ec2/eip:Eip": { find: tagged("describe-addresses", "Addresses[].AllocationId") },
  "aws:ec2/natGateway:NatGateway": {
    find: tagged("describe-nat-gateways", "NatGateways[].NatGatewayId", {
      flag: "--filter",
      filters: ["Name=state,Values=pending,available"],
    }),
    wait: (_, id) => ["ec2", "wait", "nat-gateway-available", "--nat-gateway-ids", id],
  },
  "aws:ec2/route:Route": {
    id: ({ routeTableId, destinationCidrBlock }) => `${routeTableId}_${destinationCidrBlock}`,
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    id: ({ subnetId, routeTableId }) => `${subnetId}/${routeTableId}`,
  },
};
