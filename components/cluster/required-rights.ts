import { partitionOf } from "../core/tables/eks";
import type { ClusterPlan } from "./cluster-plan";
import { ACTIONS, TAG_ACTIONS } from "./rights-of-types";

/** A policy of IAM. */
export interface IamPolicy {
  Version: "2012-10-17";
  Statement: IamStatement[];
}

interface IamStatement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** What `npm run destroy` asks for, to name the volumes that are left. */
const OF_DESTROY = ["ec2:DescribeVolumes"];

/** Actions that are about no single resource, or about one that is yet to be made (Service Authorization Reference). */
const ABOUT_ALL =
  /^(ec2:Describe|eks:DescribeAddonVersions|kms:(CreateKey|ListAliases)|logs:DescribeLogGroups)/;

/**
 * The rights that whoever runs `pulumi up` of this cluster needs, and no others: of the resources' types, on the names and in
 * the region of the plan. EC2's ids are not known before, so its rights are for the region.
 */
export function requiredRights(plan: ClusterPlan): IamPolicy {
  const actions = actionsOf(plan);
  const of = (service: string) =>
    actions.filter((action) => action.startsWith(`${service}:`) && !ABOUT_ALL.test(action));
  const inRegion = { StringEquals: { "aws:RequestedRegion": plan.region } };
  const all: IamStatement[] = [
    {
      Sid: "Look",
      Effect: "Allow",
      Action: actions.filter((action) => ABOUT_ALL.test(action)),
      Resource: "*",
    },
    { Sid: "Network", Effect: "Allow", Action: of("ec2"), Resource: "*", Condition: inRegion },
    { Sid: "Cluster", Effect: "Allow", Action: of("eks"), Resource: clusterArns(plan) },
    { Sid: "Roles", Effect: "Allow", Action: of("iam"), Resource: roleArns(plan) },
    {
      Sid: "PassRoles",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: roleArns(plan),
      Condition: {
        StringEquals: {
          "iam:PassedToService": ["ec2.amazonaws.com", "eks.amazonaws.com", "pods.eks.amazonaws.com"],
        },
      },
    },
    serviceLinkedRoles(plan),
    { Sid: "Key", Effect: "Allow", Action: of("kms"), Resource: [arn(plan, "kms", "key/*"), alias(plan)] },
    { Sid: "Logs", Effect: "Allow", Action: of("logs"), Resource: logArns(plan) },
  ];
  return { Version: "2012-10-17", Statement: all.filter(({ Action }) => Action.length > 0) };
}

function actionsOf({ resources }: ClusterPlan): string[] {
  const types = [...new Set(resources.map(({ type }) => type))];
  const own = types.flatMap((type) => ACTIONS[type]);
  const services = new Set(own.map((action) => action.split(":")[0] ?? ""));
  const tags = [...services].flatMap((service) => TAG_ACTIONS[service] ?? []);
  return [...new Set([...own, ...tags, ...OF_DESTROY])].sort();
}

/** EKS makes these once an account, in the name of whoever makes the first cluster (EKS user guide, service-linked roles). */
function serviceLinkedRoles({ accountId, region }: ClusterPlan): IamStatement {
  return {
    Sid: "ServiceLinkedRoles",
    Effect: "Allow",
    Action: ["iam:CreateServiceLinkedRole"],
    Resource: `arn:${partitionOf(region)}:iam::${accountId}:role/aws-service-role/*`,
    Condition: {
      StringEquals: {
        "iam:AWSServiceName": [
          "autoscaling.amazonaws.com",
          "eks.amazonaws.com",
          "eks-nodegroup.amazonaws.com",
          "spot.amazonaws.com",
        ],
      },
    },
  };
}

function arn({ accountId, region }: ClusterPlan, service: string, rest: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${rest}`;
}

function clusterArns(plan: ClusterPlan): string[] {
  const { clusterName } = plan;
  const below = ["nodegroup", "addon", "access-entry", "podidentityassociation"];
  return [
    arn(plan, "eks", `cluster/${clusterName}`),
    ...below.map((kind) => arn(plan, "eks", `${kind}/${clusterName}/*`)),
  ];
}

/** Pulumi adds random digits to the names of roles. */
function roleArns({ accountId, region, resources }: ClusterPlan): string[] {
  return resources
    .filter(({ type }) => type === "iam.Role")
    .map(({ name }) => `arn:${partitionOf(region)}:iam::${accountId}:role/${name}-*`);
}

function alias(plan: ClusterPlan): string {
  return arn(plan, "kms", `alias/${plan.clusterName}-eks-secrets`);
}

function logArns(plan: ClusterPlan): string[] {
  const group = arn(plan, "logs", `log-group:/aws/eks/${plan.clusterName}/cluster`);
  return [group, `${group}:*`];
}
