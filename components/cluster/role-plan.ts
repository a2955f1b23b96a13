import { partitionOf } from "../core/tables/eks";
import { type AwsResource, of } from "./aws-resource";

/** ARN of a policy that AWS maintains. */
export function managedPolicy(name: string, region: string, service: "iam" | "eks" = "iam"): string {
  return `arn:${partitionOf(region)}:${service}::aws:${name}`;
}

/** A role that one service of AWS takes, with policies that AWS maintains. */
export function role(
  name: string,
  service: string,
  policies: readonly string[],
  region: string,
): AwsResource[] {
  // Pod Identity marks the sessions with namespace and service account (EKS user guide, Pod Identity).
  const actions =
    service === "pods.eks.amazonaws.com" ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"];
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }],
  };
  return [
    { name, type: "iam.Role", args: { assumeRolePolicy: JSON.stringify(trust) } },
    ...policies.map((policy): AwsResource => {
      const short = policy.split("/").at(-1) ?? policy;
      return {
        name: `${name}-${short}`,
        type: "iam.RolePolicyAttachment",
        args: { role: of(name, "name"), policyArn: managedPolicy(`policy/${policy}`, region) },
      };
    }),
  ];
}
