import type { Eks } from "../core/config/eks-schema";
import { type AwsResource, of } from "./aws-resource";
import { privateSubnetIds } from "./network-plan";
import { managedPolicy, role } from "./role-plan";

/** The control plane: its key, logs, role, the cluster itself, and who gets in. */
export function planControlPlane(eks: Eks, clusterName: string): AwsResource[] {
  return [
    {
      name: "secrets-key",
      type: "kms.Key",
      args: {
        description: `Secrets of the EKS cluster ${clusterName}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
      },
    },
    {
      name: "secrets-key-alias",
      type: "kms.Alias",
      args: { name: `alias/${clusterName}-eks-secrets`, targetKeyId: of("secrets-key", "keyId") },
    },
    // Made before the cluster: EKS would make one that keeps its logs for ever and outlives the stack.
    {
      name: "control-plane-logs",
      type: "cloudwatch.LogGroup",
      args: { name: `/aws/eks/${clusterName}/cluster`, retentionInDays: eks.logs.retentionDays },
    },
    ...role("cluster-role", "eks.amazonaws.com", ["AmazonEKSClusterPolicy"], eks.region),
    cluster(eks, clusterName),
    ...eks.admins.flatMap((principal, index) => admin(eks, principal, index)),
  ];
}

function cluster(eks: Eks, clusterName: string): AwsResource {
  const { access, publicCidrs } = eks.endpoint;
  return {
    name: "cluster",
    type: "eks.Cluster",
    args: {
      name: clusterName,
      version: eks.version,
      roleArn: of("cluster-role", "arn"),
      // API mode has no aws-auth ConfigMap, which a mistake in locks everybody out.
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      bootstrapSelfManagedAddons: false,
      deletionProtection: eks.protect,
      enabledClusterLogTypes: [...eks.logs.types].sort(),
      encryptionConfig: { provider: { keyArn: of("secrets-key", "arn") }, resources: ["secrets"] },
      kubernetesNetworkConfig: { serviceIpv4Cidr: eks.serviceCidr },
      // Standard: AWS raises the version at the end of standard support, instead of billing six times the price.
      upgradePolicy: { supportType: "STANDARD" },
      vpcConfig: {
        subnetIds: privateSubnetIds(eks),
        endpointPrivateAccess: access !== "public",
        endpointPublicAccess: access !== "private",
        ...(access === "private" ? {} : { publicAccessCidrs: publicCidrs }),
      },
    },
    after: ["cluster-role-AmazonEKSClusterPolicy", "control-plane-logs"],
    protect: eks.protect,
    // The API does not tell them, so that an import after a broken creation would replace the cluster.
    ignoreChanges: ["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"],
  };
}

/** Names of what lets the administrators in: the Kubernetes part comes after it and goes before it. */
export function adminPolicies({ admins }: Eks): string[] {
  return admins.map((_, index) => `admin-${index}-policy`);
}

function admin(eks: Eks, principalArn: string, index: number): AwsResource[] {
  return [
    {
      name: `admin-${index}`,
      type: "eks.AccessEntry",
      args: { clusterName: of("cluster", "name"), principalArn, type: "STANDARD" },
    },
    {
      name: `admin-${index}-policy`,
      type: "eks.AccessPolicyAssociation",
      args: {
        clusterName: of("cluster", "name"),
        principalArn,
        policyArn: managedPolicy("cluster-access-policy/AmazonEKSClusterAdminPolicy", eks.region, "eks"),
        accessScope: { type: "cluster" },
      },
      after: [`admin-${index}`],
    },
  ];
}
