import type { Eks } from "../core/config/eks-schema";
import { type AwsResource, type AwsValue, of } from "./aws-resource";

/** Ids of the private subnets, which the control plane and the nodes are in. */
export function privateSubnetIds({ network }: Eks): AwsValue[] {
  return network.existing?.privateSubnetIds ?? network.zones.map((zone) => of(`private-${zone}`, "id"));
}

/** What the nodes' way out is made of: nodes come after it and go before it. */
export function waysOut({ network }: Eks): string[] {
  return network.zones.flatMap((zone) => [`private-${zone}-out`, `private-${zone}-routes`]);
}

/** Zones with a NAT gateway of their own. */
export function natZones({ network }: Eks): string[] {
  return network.nat === "perZone" ? network.zones : network.zones.slice(0, 1);
}

/** A VPC over the zones: private subnets for nodes and pods, public ones for NAT and load balancers; nothing where one is given. */
export function planNetwork(eks: Eks, clusterName: string): AwsResource[] {
  if (eks.network.existing) return [];
  const named = (name: string) => ({ Name: `${clusterName}-${name}` });
  return [
    {
      name: "vpc",
      type: "ec2.Vpc",
      args: {
        cidrBlock: eks.network.cidr,
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: named("vpc"),
      },
    },
    // The group that everything without one of its own falls into: it lets nothing through.
    {
      name: "default-security-group",
      type: "ec2.DefaultSecurityGroup",
      args: { vpcId: of("vpc", "id"), ingress: [], egress: [], tags: named("unused") },
    },
    {
      name: "internet",
      type: "ec2.InternetGateway",
      args: { vpcId: of("vpc", "id"), tags: named("internet") },
    },
    {
      name: "public-routes",
      type: "ec2.RouteTable",
      args: { vpcId: of("vpc", "id"), tags: named("public") },
    },
    {
      name: "public-out",
      type: "ec2.Route",
      args: {
        routeTableId: of("public-routes", "id"),
        destinationCidrBlock: "0.0.0.0/0",
        gatewayId: of("internet", "id"),
      },
    },
    ...eks.network.zones.flatMap((zone, index) => publicZone(eks, zone, index, named)),
    ...eks.network.zones.flatMap((zone, index) => privateZone(eks, zone, index, named)),
  ];
}

type Named = (name: string) => { Name: string };

function publicZone(eks: Eks, zone: string, index: number, named: Named): AwsResource[] {
  const hasNat = natZones(eks).includes(zone);
  const subnet: AwsResource = {
    name: `public-${zone}`,
    type: "ec2.Subnet",
    args: {
      vpcId: of("vpc", "id"),
      availabilityZone: zone,
      cidrBlock: publicCidr(eks.network.cidr, index),
      mapPublicIpOnLaunch: false,
      // By this tag load balancers for the internet find their subnets (EKS user guide, network requirements).
      tags: { ...named(`public-${zone}`), "kubernetes.io/role/elb": "1" },
    },
  };
  const route: AwsResource = {
    name: `public-${zone}-routes`,
    type: "ec2.RouteTableAssociation",
    args: { subnetId: of(`public-${zone}`, "id"), routeTableId: of("public-routes", "id") },
  };
  return hasNat ? [subnet, route, ...nat(zone, named)] : [subnet, route];
}

function nat(zone: string, named: Named): AwsResource[] {
  return [
    {
      name: `nat-${zone}-address`,
      type: "ec2.Eip",
      args: { domain: "vpc", tags: named(`nat-${zone}`) },
      after: ["internet"],
    },
    {
      name: `nat-${zone}`,
      type: "ec2.NatGateway",
      args: {
        subnetId: of(`public-${zone}`, "id"),
        allocationId: of(`nat-${zone}-address`, "id"),
        tags: named(`nat-${zone}`),
      },
      after: ["public-out", `public-${zone}-routes`],
    },
  ];
}

function privateZone(eks: Eks, zone: string, index: number, named: Named): AwsResource[] {
  const [firstNat = zone] = natZones(eks);
  const natZone = natZones(eks).includes(zone) ? zone : firstNat;
  return [
    {
      name: `private-${zone}`,
      type: "ec2.Subnet",
      args: {
        vpcId: of("vpc", "id"),
        availabilityZone: zone,
        cidrBlock: privateCidr(eks.network.cidr, index),
        mapPublicIpOnLaunch: false,
        tags: { ...named(`private-${zone}`), "kubernetes.io/role/internal-elb": "1" },
      },
    },
    {
      name: `private-${zone}-table`,
      type: "ec2.RouteTable",
      args: { vpcId: of("vpc", "id"), tags: named(`private-${zone}`) },
    },
    {
      name: `private-${zone}-out`,
      type: "ec2.Route",
      args: {
        routeTableId: of(`private-${zone}-table`, "id"),
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: of(`nat-${natZone}`, "id"),
      },
    },
    {
      name: `private-${zone}-routes`,
      type: "ec2.RouteTableAssociation",
      args: { subnetId: of(`private-${zone}`, "id"), routeTableId: of(`private-${zone}-table`, "id") },
    },
  ];
}

/** The first, second or third quarter of the VPC. */
export function privateCidr(vpc: string, index: number): string {
  return part(vpc, index, 2);
}

/** A sixteenth of the last quarter: 252 addresses of a /16's. */
export function publicCidr(vpc: string, index: number): string {
  return part(part(vpc, 3, 2), index, 4);
}

/** One of the 2^bits parts of a network. */
function part(cidr: string, index: number, bits: number): string {
  const [address = "", length = ""] = cidr.split("/");
  const size = Number(length) + bits;
  const first =
    address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0) + index * 2 ** (32 - size);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${size}`;
}
