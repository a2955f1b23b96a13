import type { Eks } from "../core/config/eks-schema";
import type { AwsRights } from "../core/contract/aws-rights";
import { partitionOf } from "../core/tables/eks";
import { type AwsResource, of } from "./aws-resource";
import { role } from "./role-plan";

/** Roles for pods of the stack that call AWS: each for one service account, with what that one needs and nothing else. */
export function planWorkloadRoles(eks: Eks, rights: readonly AwsRights[]): AwsResource[] {
  return rights.flatMap((one) => planRole(eks, one));
}

/** What is there once pods that start get their roles. */
export function identityNames(rights: readonly AwsRights[]): string[] {
  return rights.map(identityOf);
}

function identityOf({ serviceAccount }: AwsRights): string {
  return `${serviceAccount}-identity`;
}

function planRole(eks: Eks, rights: AwsRights): AwsResource[] {
  const { serviceAccount, namespace } = rights;
  const roleName = `${serviceAccount}-role`;
  return [
    ...role(roleName, "pods.eks.amazonaws.com", [], eks.region),
    {
      name: `${roleName}-policy`,
      type: "iam.RolePolicy",
      args: { role: of(roleName, "name"), policy: JSON.stringify(policyOf(eks, rights)) },
    },
    {
      name: identityOf(rights),
      type: "eks.PodIdentityAssociation",
      args: {
        clusterName: of("cluster", "name"),
        namespace,
        serviceAccount,
        roleArn: of(roleName, "arn"),
      },
      after: [`${roleName}-policy`],
    },
  ];
}

function policyOf({ region: home, accountId }: Eks, { service, region, actions, resources }: AwsRights) {
  // Names of buckets are the only ones in the world: their ARNs have neither region nor account.
  const place = service === "s3" ? ":" : `${region ?? home}:${accountId}`;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: actions,
        Resource: resources.map((name) => `arn:${partitionOf(home)}:${service}:${place}:${name}`),
      },
    ],
  };
}
