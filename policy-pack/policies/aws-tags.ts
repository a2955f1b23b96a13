import { mapAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

interface Config {
  required: string[];
}

/** Types of the cluster that AWS lets one tag. */
const TAGGABLE = new Set([
  "cloudwatch.LogGroup",
  "ec2.DefaultSecurityGroup",
  "ec2.Eip",
  "ec2.InternetGateway",
  "ec2.LaunchTemplate",
  "ec2.NatGateway",
  "ec2.RouteTable",
  "ec2.SecurityGroup",
  "ec2.Subnet",
  "ec2.Vpc",
  "eks.AccessEntry",
  "eks.Addon",
  "eks.Cluster",
  "eks.NodeGroup",
  "iam.Policy",
  "iam.Role",
  "kms.Key",
]);

export const awsTags: AwsPolicy<Config> = {
  name: "aws-tags",
  rule: "What the stack makes on AWS says whose it is.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["ID.AM-02"], iso: ["5.9"], cis: [] },
  fix: "give the tags to the provider (defaultTags), which has them on everything",
  needsPulumi: true,
  config: {
    required: {
      type: "array",
      items: { type: "string" },
      default: ["security-stack/cluster"],
      description: "Keys of the tags.",
    },
  },
  checkAws({ kind, props, defaultTags }, report, { required }) {
    if (!TAGGABLE.has(kind)) return;
    const tags = { ...defaultTags, ...mapAt(props, "tagsAll"), ...mapAt(props, "tags") };
    const missing = required.filter((key) => !(key in tags));
    if (missing.length > 0)
      report.violation({
        where: "tags",
        found: `none of the key ${missing.join(", ")}`,
        allowed: required.join(", "),
      });
  },
};
