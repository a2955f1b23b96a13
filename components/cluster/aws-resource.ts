/** A resource of @pulumi/aws that the cluster is made of. */
export type AwsType =
  | "cloudwatch.LogGroup"
  | "ec2.DefaultSecurityGroup"
  | "ec2.Eip"
  | "ec2.InternetGateway"
  | "ec2.LaunchTemplate"
  | "ec2.NatGateway"
  | "ec2.Route"
  | "ec2.RouteTable"
  | "ec2.RouteTableAssociation"
  | "ec2.Subnet"
  | "ec2.Vpc"
  | "eks.AccessEntry"
  | "eks.AccessPolicyAssociation"
  | "eks.Addon"
  | "eks.Cluster"
  | "eks.NodeGroup"
  | "eks.PodIdentityAssociation"
  | "iam.Role"
  | "iam.RolePolicy"
  | "iam.RolePolicyAttachment"
  | "kms.Alias"
  | "kms.Key";

/** What only AWS knows: a property of another resource of the plan. */
export interface Reference {
  kind: "of";
  resource: string;
  property: string;
}

/** The version of an add-on that fits the cluster's Kubernetes version. */
export interface AddonVersion {
  kind: "addon-version";
  addon: string;
  newest: boolean;
}

export type AwsValue =
  | string
  | number
  | boolean
  | undefined
  | Reference
  | AddonVersion
  | readonly AwsValue[]
  | { readonly [key: string]: AwsValue };

/** A resource as plain data, made in the order of the plan. */
export interface AwsResource {
  /** Unique in the plan; the logical name in Pulumi. */
  name: string;
  type: AwsType;
  args: { readonly [key: string]: AwsValue };
  /** Resources, besides those it refers to, that are there before it and deleted after it. */
  after?: readonly string[];
  protect?: boolean;
  /** Properties that AWS sets at creation and does not tell later. */
  ignoreChanges?: readonly string[];
  deleteBeforeReplace?: boolean;
  /** How long it may take to be made or changed, where the provider would wait longer: "10m". */
  patience?: string;
}

/** A property of another resource of the plan. */
export function of(resource: string, property: string): Reference {
  return { kind: "of", resource, property };
}

export function isReference(value: AwsValue): value is Reference {
  return typeof value === "object" && "kind" in value && value.kind === "of";
}

export function isAddonVersion(value: AwsValue): value is AddonVersion {
  return typeof value === "object" && "kind" in value && value.kind === "addon-version";
}
