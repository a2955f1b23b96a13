import type { Eks } from "../core/config/eks-schema";
import type { AwsRights } from "../core/contract/aws-rights";
import { partitionOf } from "../core/tables/eks";
import { addonNames } from "./addon-plan";
import { type AwsResource, of } from "./aws-resource";
import { role } from "./role-plan";

/** For each ServiceAccount of the stack that asks for rights in AWS a role with these and no others, and the association. */
export function planPodRights(eks: Eks, rights: readonly AwsRights[]): AwsResource[] {
  return rights.flatMap((one) => rightsOf(eks, one));
}

function rightsOf(eks: Eks, rights: AwsRights): AwsResource[] {
  const { namespace, serviceAccount } = rights;
  const name = `pod-${serviceAccount}`;
  return [
    ...role(`${name}-role`, "pods.eks.amazonaws.com", [], eks.region),
    {
      name: `${name}-rights`,
      type: "iam.RolePolicy",
      args: { role: of(`${name}-role`, "name"), policy: JSON.stringify(policyOf(eks, rights)) },
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

function policyOf({ region: home, accountId }: Eks, { service, region, actions, resources }: AwsRights) {
  // Names of buckets are the only ones in the world: their ARNs have neither region nor account.
  const place = service === "s3" ? ":" : `${region ?? home}:${accountId}`;
  const where = resources
    ? { Resource: resources.map((name) => `arn:${partitionOf(home)}:${service}:${place}:${name}`) }
    : { Resource: "*", Condition: { StringEquals: { "aws:RequestedRegion": home } } };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, ...where }] };
}

/** A pod gets its credentials when it is made: before that the association has to be there. */
export function podRightNames(rights: readonly AwsRights[]): string[] {
  return rights.map(({ serviceAccount }) => `pod-${serviceAccount}-association`);
}
