import { isEverywhere } from "../aws/networks";
import { at, listAt, textAt, textsAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

export const awsSecurityGroups: AwsPolicy = {
  name: "aws-security-groups",
  rule: "No security group lets the whole internet in.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-01"], iso: ["8.20", "8.22"], cis: [] },
  fix: "name networks or security groups; a load balancer has a group of its own, waived for its port",
  needsPulumi: true,
  checkAws({ kind, props }, report) {
    report.each(rulesOf(kind, props), (rule) => {
      const networks = [
        ...textsAt(rule, "cidrBlocks"),
        ...textsAt(rule, "ipv6CidrBlocks"),
        textAt(rule, "cidrIpv4") ?? "",
        textAt(rule, "cidrIpv6") ?? "",
      ];
      for (const network of networks.filter(isEverywhere))
        report.violation({
          where: "ingress",
          found: `${network} to port ${textAt(rule, "fromPort") ?? "any"}`,
          allowed: "networks that are not the whole internet",
        });
    });
  },
};

/** The rules for what comes in, whichever resource has them. */
function rulesOf(kind: string, props: Record<string, unknown>): unknown[] {
  switch (kind) {
    case "ec2.SecurityGroup":
    case "ec2.DefaultSecurityGroup":
      return listAt(props, "ingress");
    case "ec2.SecurityGroupRule":
      return at(props, "type") === "ingress" ? [props] : [];
    case "vpc.SecurityGroupIngressRule":
      return [props];
    default:
      return [];
  }
}
