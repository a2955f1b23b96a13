import assert from "node:assert/strict";
import type { AwsResource, AwsValue } from "../../components/cluster/aws-resource";
import { isReference } from "../../components/cluster/aws-resource";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import { kubeconfigOf } from "../../components/cluster/kubeconfig";
import { EKS_VERSIONS } from "../../components/core/tables/eks";
import { BOTH, clusterPlan, PLANS } from "../support/eks/eks-config";

function find({ resources }: ClusterPlan, name: string): AwsResource {
  const found = resources.find((resource) => resource.name === name);
  assert.ok(found, name);
  return found;
}

/** Names of the resources that values refer to. */
function referredTo(value: AwsValue): string[] {
  if (typeof value !== "object") return [];
  if (Array.isArray(value)) return value.flatMap(referredTo);
  return isReference(value) ? [value.resource] : Object.values(value).flatMap((part) => referredTo(part));
}

/** What a resource waits for, directly. */
function needs({ args, after = [] }: AwsResource): string[] {
  return [...referredTo(args), ...after];
}

/** Whether a resource comes after another, by what it waits for. */
function isAfter(plan: ClusterPlan, later: string, earlier: string): boolean {
  const seen = new Set<string>();
  const queue = [later];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === earlier) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    queue.push(...needs(find(plan, name)));
  }
  return false;
}

describe("the plan of an EKS cluster", () => {
  for (const [what, changes] of PLANS)
    describe(`with ${what}`, () => {
      const plan = clusterPlan(changes);

      it("names every resource once, and each after all that it needs", () => {
        const made = new Set<string>();
        for (const resource of plan.resources) {
          assert.ok(!made.has(resource.name), resource.name);
          for (const needed of needs(resource))
            assert.ok(made.has(needed), `${resource.name} before ${needed}`);
          made.add(resource.name);
        }
        for (const name of [...plan.reachableAfter, ...plan.usableAfter]) assert.ok(made.has(name), name);
      });

      it("is the same bytes each time", () => {
        assert.equal(JSON.stringify(clusterPlan(changes)), JSON.stringify(plan));
      });
    });

  it("orders control plane, networking, nodes, and what needs nodes", () => {
    const plan = clusterPlan(BOTH);
    const groups = ["node-group-system", "node-group-batch"];
    for (const addon of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"])
      for (const group of groups) {
        assert.ok(isAfter(plan, `addon-${addon}`, "cluster"));
        assert.ok(isAfter(plan, group, `addon-${addon}`), `${group} after ${addon}`);
        assert.ok(!isAfter(plan, `addon-${addon}`, group));
      }
    for (const addon of ["coredns", "aws-ebs-csi-driver"])
      for (const group of groups)
        assert.ok(isAfter(plan, `addon-${addon}`, group), `${addon} after ${group}`);
    // Else nodes can't leave the cluster, nor be drained, while it is deleted.
    for (const group of groups)
      for (const way of ["private-eu-central-1a-out", "private-eu-central-1b-routes"])
        assert.ok(isAfter(plan, group, way));
    assert.ok(isAfter(plan, "cluster", "control-plane-logs"), "EKS would make a log group of its own");
    assert.ok(isAfter(plan, "cluster", "cluster-role-AmazonEKSClusterPolicy"));
  });

  it("has the cluster private, encrypted, logged, without aws-auth and without surprises of AWS", () => {
    const { args, ignoreChanges, protect } = find(clusterPlan(), "cluster");
    assert.deepEqual(args["accessConfig"], {
      authenticationMode: "API",
      bootstrapClusterCreatorAdminPermissions: false,
    });
    assert.deepEqual(args["upgradePolicy"], { supportType: "STANDARD" });
    assert.deepEqual(args["enabledClusterLogTypes"], ["api", "audit", "authenticator"]);
    assert.deepEqual(args["encryptionConfig"], {
      provider: { keyArn: { kind: "of", resource: "secrets-key", property: "arn" } },
      resources: ["secrets"],
    });
    assert.equal(args["bootstrapSelfManagedAddons"], false);
    assert.deepEqual(ignoreChanges, [
      "accessConfig.bootstrapClusterCreatorAdminPermissions",
      "bootstrapSelfManagedAddons",
    ]);
    assert.equal(protect, false);
    const kept = find(clusterPlan({ "eks.protect": true }), "cluster");
    assert.deepEqual([kept.protect, kept.args["deletionProtection"]], [true, true]);
  });

  it("has nodes whose release is pinned, whose disks are encrypted, and whose pods don't reach the node's role", () => {
    const plan = clusterPlan(BOTH);
    const { al2023, bottlerocket } = EKS_VERSIONS["1.35"] ?? {};
    const versions = ["system", "batch"].map(
      (name) => find(plan, `node-group-${name}`).args["releaseVersion"],
    );
    assert.deepEqual(versions, [al2023, bottlerocket]);
    assert.equal(find(plan, "node-group-batch").args["capacityType"], "SPOT");
    assert.deepEqual(find(plan, "node-group-batch").args["taints"], [
      { key: "batch", value: undefined, effect: "NO_SCHEDULE" },
    ]);
    for (const [name, devices] of [
      ["system", ["/dev/xvda"]],
      ["batch", ["/dev/xvda", "/dev/xvdb"]],
    ] as const) {
      const { args } = find(plan, `node-template-${name}`);
      const disks = args["blockDeviceMappings"] as { deviceName: string; ebs: Record<string, unknown> }[];
      assert.deepEqual(
        disks.map(({ deviceName }) => deviceName),
        devices,
      );
      for (const { ebs } of disks) assert.deepEqual([ebs["volumeType"], ebs["encrypted"]], ["gp3", "true"]);
      assert.deepEqual(args["metadataOptions"], {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
      });
    }
  });

  it("gives rights in AWS by Pod Identity to two service accounts, and to nodes what they need", () => {
    const plan = clusterPlan({
      "eks.region": "cn-north-1",
      "eks.network.zones": ["cn-north-1a", "cn-north-1b"],
    });
    const policies = plan.resources
      .filter(({ type }) => type === "iam.RolePolicyAttachment")
      .map(({ name, args }) => `${name}: ${args["policyArn"]}`);
    assert.deepEqual(policies, [
      "cluster-role-AmazonEKSClusterPolicy: arn:aws-cn:iam::aws:policy/AmazonEKSClusterPolicy",
      "addon-vpc-cni-role-AmazonEKS_CNI_Policy: arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy",
      "node-role-AmazonEKSWorkerNodePolicy: arn:aws-cn:iam::aws:policy/AmazonEKSWorkerNodePolicy",
      "node-role-AmazonEC2ContainerRegistryPullOnly: arn:aws-cn:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
      "addon-aws-ebs-csi-driver-role-AmazonEBSCSIDriverPolicy: arn:aws-cn:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy",
    ]);
    const trust = String(find(plan, "addon-vpc-cni-role").args["assumeRolePolicy"]);
    assert.match(trust, /pods\.eks\.amazonaws\.com.*sts:TagSession/);
    assert.match(
      String(find(plan, "addon-vpc-cni").args["configurationValues"]),
      /"enableNetworkPolicy":"true"/,
    );
  });

  it("divides the VPC without overlaps", () => {
    const { resources } = clusterPlan({
      "eks.network": { cidr: "10.0.16.0/20", zones: ["a", "b", "c"].map((zone) => `eu-central-1${zone}`) },
      "eks.nodeGroups": [{ name: "nodes", max: 3 }],
    });
    const cidrs = resources.filter(({ type }) => type === "ec2.Subnet").map(({ args }) => args["cidrBlock"]);
    assert.deepEqual(cidrs, [
      ...["10.0.28.0/26", "10.0.28.64/26", "10.0.28.128/26"],
      ...["10.0.16.0/22", "10.0.20.0/22", "10.0.24.0/22"],
    ]);
  });

  it("tags everything, what the nodes' template makes too", () => {
    const plan = clusterPlan({ "eks.tags": { team: "platform" } });
    assert.deepEqual(plan.tags, { team: "platform", "security-stack/cluster": "shop" });
    const specifications = find(plan, "node-template-nodes").args["tagSpecifications"] as { tags: object }[];
    for (const { tags } of specifications) assert.deepEqual(tags, { ...plan.tags, Name: "shop-nodes" });
  });
});

describe("the kubeconfig of an EKS cluster", () => {
  const access = {
    clusterName: "shop",
    endpoint: "https://x",
    certificateAuthority: "Y2E=",
    region: "eu-west-1",
  };
  const userOf = (text: string) => JSON.parse(text).users[0].user;

  it("has no credentials, and asks the AWS CLI for a token", () => {
    const user = userOf(kubeconfigOf({ ...access, profile: undefined, assumeRole: undefined }));
    assert.deepEqual(Object.keys(user), ["exec"]);
    assert.equal(user.exec.command, "aws");
    assert.equal(
      user.exec.args.join(" "),
      "--region eu-west-1 eks get-token --cluster-name shop --output json",
    );
    assert.equal(user.exec.env, null);
  });

  it("takes the profile and the role that the program has", () => {
    const role = "arn:aws:iam::123456789012:role/deployer";
    const { exec } = userOf(kubeconfigOf({ ...access, profile: "work", assumeRole: role }));
    assert.deepEqual(exec.env, [{ name: "AWS_PROFILE", value: "work" }]);
    assert.ok(exec.args.join(" ").endsWith(`--role-arn ${role}`));
  });
});
