import type { AwsAccount } from "./aws-account";

/** What an account holds that costs something or is in the way, by the API that lists it. */
const LISTS = {
  DescribeVpcs: "vpcId",
  DescribeSubnets: "subnetId",
  DescribeInternetGateways: "internetGatewayId",
  DescribeNatGateways: "natGatewayId",
  DescribeAddresses: "allocationId",
  DescribeRouteTables: "routeTableId",
  DescribeSecurityGroups: "groupId",
  DescribeLaunchTemplates: "launchTemplateId",
  DescribeInstances: "instanceId",
  DescribeVolumes: "volumeId",
  DescribeNetworkInterfaces: "networkInterfaceId",
} as const;

/** Names or ids of all that is in the account, as the APIs list it. A key for Secrets that waits for its deletion is none. */
export async function inventory({ moto, standIn }: AwsAccount): Promise<string[]> {
  const network: string[][] = [];
  for (const [action, tag] of Object.entries(LISTS)) {
    const xml = await moto.call("ec2", action, {});
    const parts = action === "DescribeNatGateways" ? withoutDeleted(xml) : xml;
    if (action === "DescribeNetworkInterfaces") {
      network.push(await interfaces(moto, xml));
      continue;
    }
    network.push(elements(parts, tag).map((id) => `ec2 ${id}`));
  }
  const roles = elements(await moto.call("iam", "ListRoles", {}), "RoleName").map((name) => `iam ${name}`);
  const groups = (await moto.json("logs", "Logs_20140328.DescribeLogGroups", {}))["logGroups"] as {
    logGroupName: string;
  }[];
  const keys = (await moto.json("kms", "TrentService.ListKeys", {}))["Keys"] as { KeyId: string }[];
  const live: string[] = [];
  for (const { KeyId } of keys) {
    const { KeyMetadata } = await moto.json("kms", "TrentService.DescribeKey", { KeyId });
    if ((KeyMetadata as { KeyState: string }).KeyState !== "PendingDeletion") live.push(`kms ${KeyId}`);
  }
  return [
    ...network.flat(),
    ...roles,
    ...groups.map(({ logGroupName }) => `logs ${logGroupName}`),
    ...live,
    ...[...standIn.account.clusters.keys()].map((name) => `eks ${name}`),
  ].sort();
}

/** Those of a network that is there: moto forgets to delete that of a NAT gateway, which EC2 deletes with it. */
async function interfaces(moto: AwsAccount["moto"], xml: string): Promise<string[]> {
  const vpcs = elements(await moto.call("ec2", "DescribeVpcs", {}), "vpcId");
  const pattern = /<networkInterfaceId>([^<]+)<\/networkInterfaceId>[\s\S]*?<vpcId>([^<]+)<\/vpcId>/g;
  const found = [...xml.matchAll(pattern)].filter(([, , vpc = ""]) => vpcs.includes(vpc));
  return found.map(([, id]) => `ec2 ${id}`);
}

/** EC2 lists a NAT gateway for an hour after its deletion. */
function withoutDeleted(xml: string): string {
  return xml
    .split("<item>")
    .filter((item) => !item.includes("<state>deleted</state>"))
    .join("<item>");
}

function elements(xml: string, name: string): string[] {
  return [
    ...new Set(
      [...xml.matchAll(new RegExp(`<${name}>([^<]+)</${name}>`, "g"))].map(([, found = ""]) => found),
    ),
  ];
}
