import type { Eks } from "../core/config/eks-schema";
import type { AwsRights } from "../core/contract/contribution";
import { partitionOf } from "../core/tables/eks";
import { addonNames } from "./addon-plan";
import { type AwsResource, of } from "./aws-resource";
import { role } from "./role-plan";

/** For each ServiceAccount of the stack that asks for rights in AWS a role with these and no others, and the association. */
export function planPodRights(eks: Eks, rights: readonly AwsRights[]): AwsResource[] {
  return rights.flatMap((one) => rightsOf(eks, one));
}

function rightsOf(
  { accountId, region }: Eks,
  { namespace, serviceAccount, actions, logGroup }: AwsRights,
): AwsResource[] {
  const name = `pod-${serviceAccount}`;
  const where =
    logGroup === undefined
      ? { Resource: "*", Condition: { StringEquals: { "aws:RequestedRegion": region } } }
      : // With ":*" at its end, which all but the actions on tags want (CloudWatch Logs user guide, IAM resources).
        { Resource: `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${logGroup}:*` };
  const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, ...where }] };
  return [
    ...role(`${name}-role`, "pods.eks.amazonaws.com", [], region),
    {
      name: `${name}-rights`,
      type: "iam.RolePolicy",
      args: { role: of(`${name}-role`, "name"), policy: JSON.stringify(policy) },
    },
    {
      name: `${name}-association`,
      type: "eks.PodIdentityAssociation",
      args: {
        clusterName: of("cluster", "name"),
        namespace,
        serviceAccount,
        roleArn: of(`${name}-role`, "arn"),
      },
      after: [...addonNames(["eks-pod-identity-agent"]), `${name}-rights`],
    },
  ];
}

/** A pod gets its credentials when it is made: before that the association has to be there. */
export function podRightNames(rights: readonly AwsRights[]): string[] {
  return rights.map(({ serviceAccount }) => `pod-${serviceAccount}-association`);
}
