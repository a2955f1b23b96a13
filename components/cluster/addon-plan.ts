import type { Eks } from "../core/config/eks-schema";
import type { PodNetwork } from "../core/contract/contribution";
import { ADDONS_AFTER_NODES, ADDONS_BEFORE_NODES, NODE_MONITORING } from "../core/tables/eks";
import { type AwsResource, type AwsValue, of } from "./aws-resource";
import { role } from "./role-plan";

type AddonName =
  | (typeof ADDONS_BEFORE_NODES)[number]
  | (typeof ADDONS_AFTER_NODES)[number]
  | typeof NODE_MONITORING;

/** Service accounts in kube-system that get rights in AWS by Pod Identity, with the policy that AWS maintains for them. */
const RIGHTS: Partial<Record<AddonName, { serviceAccount: string; policy: string }>> = {
  "vpc-cni": { serviceAccount: "aws-node", policy: "AmazonEKS_CNI_Policy" },
  "aws-ebs-csi-driver": {
    serviceAccount: "ebs-csi-controller-sa",
    policy: "service-role/AmazonEBSCSIDriverPolicy",
  },
};

/** The provider waits for a degraded add-on for 20 minutes, and one that works is there after two or three. */
const PATIENCE = "10m";

/**
 * The stack's NetworkPolicies need the CNI's own engine, which is off by default (EKS user guide, network policies), where
 * no feature brings one.
 */
function valuesOf(name: AddonName, hasEngine: boolean): object | undefined {
  return name === "vpc-cni" ? { enableNetworkPolicy: String(!hasEngine) } : undefined;
}

export function addonNames(names: readonly AddonName[]): string[] {
  return names.map((name) => `addon-${name}`);
}

/** Networking and Pod Identity, as far as the stack doesn't bring the network of pods itself. */
export function addonsBeforeNodes(podNetwork: PodNetwork | undefined): AddonName[] {
  const isLeftOut = (name: AddonName) =>
    (name === "vpc-cni" && podNetwork !== undefined) ||
    (name === "kube-proxy" && podNetwork?.replacesKubeProxy === true);
  return ADDONS_BEFORE_NODES.filter((name) => !isLeftOut(name));
}

/**
 * What no node becomes ready without.
 * @param hasEngine whether a feature of the stack enforces NetworkPolicies
 */
export function planAddonsBeforeNodes(
  eks: Eks,
  names: readonly AddonName[],
  hasEngine: boolean,
): AwsResource[] {
  return names.flatMap((name) => planAddon(name, eks, [], hasEngine));
}

/** What runs in pods of its own: without nodes it stays degraded, and the provider would wait for it in vain. */
export function planAddonsAfterNodes(eks: Eks, nodeGroups: readonly string[]): AwsResource[] {
  const names = [...ADDONS_AFTER_NODES, ...(eks.addons.nodeMonitoring ? ([NODE_MONITORING] as const) : [])];
  return names.flatMap((name) => planAddon(name, eks, nodeGroups));
}

function planAddon(name: AddonName, eks: Eks, after: readonly string[], hasEngine = false): AwsResource[] {
  const rights = RIGHTS[name];
  const roleName = `addon-${name}-role`;
  const policy = rights?.policy.split("/").at(-1);
  const values = valuesOf(name, hasEngine);
  return [
    ...(rights ? role(roleName, "pods.eks.amazonaws.com", [rights.policy], eks.region) : []),
    {
      name: `addon-${name}`,
      type: "eks.Addon",
      args: {
        clusterName: of("cluster", "name"),
        addonName: name,
        addonVersion: versionOf(name, eks),
        resolveConflictsOnCreate: "OVERWRITE",
        // What somebody changed by hand is kept at an update.
        resolveConflictsOnUpdate: "PRESERVE",
        ...(values ? { configurationValues: JSON.stringify(values) } : {}),
        ...(rights
          ? {
              podIdentityAssociations: [
                { serviceAccount: rights.serviceAccount, roleArn: of(roleName, "arn") },
              ],
            }
          : {}),
      },
      after: [...after, ...(policy ? [`${roleName}-${policy}`] : [])],
      patience: PATIENCE,
    },
  ];
}

function versionOf(addon: AddonName, { addons }: Eks): AwsValue {
  return addons.versions[addon] ?? { kind: "addon-version", addon, newest: addons.newest };
}
