import { textsAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

interface Config {
  types: string[];
}

export const awsControlPlaneLogs: AwsPolicy<Config> = {
  name: "aws-control-plane-logs",
  rule: "The control plane of an EKS cluster logs who did what.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-04", "DE.CM-03"], iso: ["8.15", "8.16"], cis: [] },
  fix: "list the logs in eks.logs.types",
  needsPulumi: true,
  config: {
    types: {
      type: "array",
      items: { type: "string" },
      default: ["api", "audit", "authenticator"],
      description: "Logs that have to be on.",
    },
  },
  checkAws({ kind, props }, report, { types }) {
    if (kind !== "eks.Cluster") return;
    const on = textsAt(props, "enabledClusterLogTypes");
    const missing = types.filter((type) => !on.includes(type));
    if (missing.length === 0) return;
    report.violation({
      where: "enabledClusterLogTypes",
      found: `none for ${missing.join(", ")}`,
      allowed: types.join(", "),
    });
  },
};
