import { isEverywhere } from "../aws/networks";
import { at, mapAt, shown, textsAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

export const awsEndpoint: AwsPolicy = {
  name: "aws-endpoint",
  rule: "The API server of an EKS cluster answers on the internet to listed networks only, or not at all.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-01", "PR.AA-05"], iso: ["8.20", "8.22"], cis: [] },
  fix: "list the networks in eks.endpoint.publicCidrs, or set eks.endpoint.access to private",
  needsPulumi: true,
  checkAws({ kind, props }, report) {
    if (kind !== "eks.Cluster") return;
    const vpc = mapAt(props, "vpcConfig");
    // EKS's own default is public.
    if (at(vpc, "endpointPublicAccess") === false) return;
    const networks = textsAt(vpc, "publicAccessCidrs");
    if (networks.length > 0 && !networks.some(isEverywhere)) return;
    report.violation({
      where: "vpcConfig",
      found: `a public endpoint for ${networks.length > 0 ? shown(networks) : "everyone"}`,
      allowed: "networks in publicAccessCidrs, none of them the whole internet",
    });
  },
};
