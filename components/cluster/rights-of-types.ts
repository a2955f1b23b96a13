import type { AwsType } from "./aws-resource";

/**
 * What the provider asks of AWS for a resource of each type, over its whole life. From the calls that it makes in the tests
 * (test/eks holds the table to them) and from its source for what only happens in an account
 * (hashicorp/terraform-provider-aws, internal/service).
 */
export const ACTIONS: Readonly<Record<AwsType, readonly string[]>> = {
  "cloudwatch.LogGroup": [
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
  ],
  "ec2.DefaultSecurityGroup": [
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
  ],
  "ec2.Eip": [
    "ec2:AllocateAddress",
    "ec2:DescribeAddresses",
    "ec2:DescribeAddressesAttribute",
    "ec2:DisassociateAddress",
    "ec2:ReleaseAddress",
  ],
  "ec2.InternetGateway": [
    "ec2:AttachInternetGateway",
    "ec2:CreateInternetGateway",
    "ec2:DeleteInternetGateway",
    "ec2:DescribeInternetGateways",
    "ec2:DetachInternetGateway",
  ],
  // EKS has EC2 check that the caller may run instances by the template (EKS user guide, launch templates).
  "ec2.LaunchTemplate": [
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:DeleteLaunchTemplate",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:ModifyLaunchTemplate",
    "ec2:RunInstances",
  ],
  "ec2.NatGateway": ["ec2:CreateNatGateway", "ec2:DeleteNatGateway", "ec2:DescribeNatGateways"],
  "ec2.Route": ["ec2:CreateRoute", "ec2:DeleteRoute", "ec2:DescribeRouteTables", "ec2:ReplaceRoute"],
  "ec2.RouteTable": ["ec2:CreateRouteTable", "ec2:DeleteRouteTable", "ec2:DescribeRouteTables"],
  "ec2.RouteTableAssociation": [
    "ec2:AssociateRouteTable",
    "ec2:DescribeRouteTables",
    "ec2:DisassociateRouteTable",
    "ec2:ReplaceRouteTableAssociation",
  ],
  "ec2.Subnet": [
    "ec2:CreateSubnet",
    "ec2:DeleteSubnet",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:ModifySubnetAttribute",
  ],
  "ec2.Vpc": [
    "ec2:CreateVpc",
    "ec2:DeleteVpc",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
    "ec2:ModifyVpcAttribute",
  ],
  "eks.AccessEntry": [
    "eks:CreateAccessEntry",
    "eks:DeleteAccessEntry",
    "eks:DescribeAccessEntry",
    "eks:UpdateAccessEntry",
  ],
  "eks.AccessPolicyAssociation": [
    "eks:AssociateAccessPolicy",
    "eks:DisassociateAccessPolicy",
    "eks:ListAssociatedAccessPolicies",
  ],
  "eks.Addon": [
    "eks:CreateAddon",
    "eks:CreatePodIdentityAssociation",
    "eks:DeleteAddon",
    "eks:DeletePodIdentityAssociation",
    "eks:DescribeAddon",
    "eks:DescribeAddonVersions",
    "eks:DescribePodIdentityAssociation",
    "eks:DescribeUpdate",
    "eks:UpdateAddon",
    "eks:UpdatePodIdentityAssociation",
  ],
  "eks.Cluster": [
    "eks:CreateCluster",
    "eks:DeleteCluster",
    "eks:DescribeCluster",
    "eks:DescribeUpdate",
    "eks:UpdateClusterConfig",
    "eks:UpdateClusterVersion",
  ],
  "eks.NodeGroup": [
    "eks:CreateNodegroup",
    "eks:DeleteNodegroup",
    "eks:DescribeNodegroup",
    "eks:DescribeUpdate",
    "eks:UpdateNodegroupConfig",
    "eks:UpdateNodegroupVersion",
  ],
  "eks.PodIdentityAssociation": [
    "eks:CreatePodIdentityAssociation",
    "eks:DeletePodIdentityAssociation",
    "eks:DescribePodIdentityAssociation",
    "eks:UpdatePodIdentityAssociation",
  ],
  "iam.Role": [
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
  ],
  "iam.RolePolicyAttachment": [
    "iam:AttachRolePolicy",
    "iam:DetachRolePolicy",
    "iam:ListAttachedRolePolicies",
  ],
  "iam.RolePolicy": ["iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:PutRolePolicy"],
  "kms.Alias": ["kms:CreateAlias", "kms:DeleteAlias", "kms:ListAliases", "kms:UpdateAlias"],
  // EKS makes a grant in the name of whoever makes the cluster (EKS user guide, envelope encryption).
  "kms.Key": [
    "kms:CreateGrant",
    "kms:CreateKey",
    "kms:DescribeKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
  ],
};

/** Tags are set with what they are on; only EC2 and EKS want rights of their own for it. */
export const TAG_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ec2: ["ec2:CreateTags", "ec2:DeleteTags"],
  eks: ["eks:TagResource", "eks:UntagResource"],
};
