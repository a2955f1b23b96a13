import { at, listAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

export const awsPrivateNodes: AwsPolicy = {
  name: "aws-private-nodes",
  rule: "Nodes have no address on the internet.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-01"], iso: ["8.20", "8.22"], cis: [] },
  fix: "leave out mapPublicIpOnLaunch and associatePublicIpAddress; nodes get out through a NAT gateway",
  needsPulumi: true,
  checkAws({ kind, props }, report) {
    if (kind === "ec2.Subnet" && at(props, "mapPublicIpOnLaunch") === true)
      report.violation({ found: "mapPublicIpOnLaunch: true", allowed: "mapPublicIpOnLaunch: false" });
    const isPublic = (value: unknown) => value === true || value === "true";
    const interfaces = [props, ...listAt(props, "networkInterfaces")];
    report.each(interfaces, (one) => {
      if (isPublic(at(one, "associatePublicIpAddress")))
        report.violation({
          found: "associatePublicIpAddress: true",
          allowed: "associatePublicIpAddress: false",
        });
    });
  },
};
