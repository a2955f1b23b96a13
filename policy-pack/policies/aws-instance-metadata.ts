import { at, mapAt, shown } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

interface Config {
  maxHops: number;
}

export const awsInstanceMetadata: AwsPolicy<Config> = {
  name: "aws-instance-metadata",
  rule: "Nodes give their credentials by tokens only (IMDSv2), and not to their pods.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05", "PR.PS-01"], iso: ["8.2", "8.9"], cis: [] },
  fix: "set metadataOptions: httpTokens required, httpPutResponseHopLimit 1; pods get rights by Pod Identity",
  needsPulumi: true,
  config: {
    maxHops: {
      type: "integer",
      minimum: 1,
      maximum: 64,
      default: 1,
      description: "Most network hops that an answer may take; a pod is the second.",
    },
  },
  checkAws({ kind, props }, report, { maxHops }) {
    if (kind === "eks.NodeGroup" && at(props, "launchTemplate") === undefined)
      report.violation({
        where: "launchTemplate",
        found: "none, so that IMDSv1 answers",
        allowed: "one with metadataOptions",
      });
    if (kind !== "ec2.LaunchTemplate" && kind !== "ec2.Instance") return;
    const options = mapAt(props, "metadataOptions");
    if (at(options, "httpEndpoint") === "disabled") return;
    const [tokens, hops] = [at(options, "httpTokens"), at(options, "httpPutResponseHopLimit")];
    if (tokens !== "required")
      report.violation({
        where: "metadataOptions",
        found: `httpTokens: ${shown(tokens)}`,
        allowed: "httpTokens: required",
      });
    if (typeof hops !== "number" || hops > maxHops)
      report.violation({
        where: "metadataOptions",
        found: `httpPutResponseHopLimit: ${shown(hops)}`,
        allowed: `at most ${maxHops}`,
      });
  },
};
