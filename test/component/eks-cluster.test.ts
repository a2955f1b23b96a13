import assert from "node:assert/strict";
import { EksCluster } from "../../components/cluster/make-cluster";
import { clusterOf } from "../../components/cluster/stack-cluster";
import { parseConfig } from "../../components/core/config/parse";
import { planWithExtras } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { SecurityStack } from "../../components/stack/security-stack";
import { rawStack } from "../support/eks/eks-config";
import { type CollectedResource, collect, value } from "../support/stack/collect";

const ENDPOINT = "https://ABC.gr7.eu-central-1.eks.amazonaws.com";

/** What AWS tells of a cluster and a launch template. */
function told({ type }: CollectedResource): Record<string, unknown> {
  if (type === "aws:eks/cluster:Cluster")
    return { endpoint: ENDPOINT, certificateAuthority: { data: "Y2E=" } };
  return type === "aws:ec2/launchTemplate:LaunchTemplate" ? { latestVersion: 3 } : {};
}

describe("a stack that makes its own EKS cluster", () => {
  let resources: CollectedResource[];
  let cluster: EksCluster;

  before(async () => {
    const settings = parseConfig(rawStack(), FEATURES);
    const planned = planWithExtras(settings);
    const plan = clusterOf(settings, planned.plan);
    assert.ok(plan);
    const collected = await collect(() => {
      const made = new EksCluster("cluster", plan);
      new SecurityStack("security-stack", { ...planned, secrets: {}, cluster: made });
      return made;
    }, told);
    resources = collected.resources;
    cluster = collected.result;
  });

  const find = (name: string) => {
    const found = resources.find((resource) => resource.name === name);
    assert.ok(found, name);
    return found.inputs;
  };
  const position = (name: string) => resources.findIndex((resource) => resource.name === name);

  it("has one provider for each cloud, of the account and with the tags", () => {
    const providers = resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
    assert.deepEqual(
      providers.map(({ type }) => type),
      ["pulumi:providers:aws", "pulumi:providers:kubernetes"],
    );
    const [aws] = providers;
    assert.equal(aws?.inputs["region"], "eu-central-1");
    // The SDK of a bridged provider sends what is no string as JSON.
    assert.equal(aws?.inputs["allowedAccountIds"], '["123456789012"]');
    assert.match(String(aws?.inputs["defaultTags"]), /"security-stack\/cluster":"shop"/);
  });

  it("logs in with a token, and makes all objects again on a new cluster", async () => {
    const { kubeconfig, clusterIdentifier } = find("kubernetes");
    assert.equal(kubeconfig, await value(cluster.kubeconfig));
    assert.match(String(kubeconfig), /"server":"https:\/\/ABC[^"]*".*"get-token"/);
    assert.equal(clusterIdentifier, ENDPOINT);
  });

  it("refers to what AWS tells", () => {
    const { launchTemplate, clusterName, version } = find("node-group-nodes");
    assert.deepEqual(launchTemplate, { id: "node-template-nodes-id", version: "3" });
    assert.deepEqual([clusterName, version], ["shop", "1.35"]);
    assert.equal(find("private-eu-central-1a")["vpcId"], "vpc-id");
  });

  it("makes a default StorageClass with encrypted volumes, and the stack after cluster and nodes", () => {
    const { metadata, parameters, reclaimPolicy } = find("gp3") as {
      metadata: { annotations: object };
      parameters: object;
      reclaimPolicy: string;
    };
    assert.deepEqual(metadata.annotations, { "storageclass.kubernetes.io/is-default-class": "true" });
    const tagged = { tagSpecification_1: "security-stack/cluster=shop" };
    assert.deepEqual(parameters, { type: "gp3", encrypted: "true", ...tagged });
    assert.equal(reclaimPolicy, "Delete");
    const first = position("namespace/security-system");
    for (const earlier of [
      "node-group-nodes",
      "addon-coredns",
      "addon-aws-ebs-csi-driver",
      "gp3",
      "admin-0-policy",
    ])
      assert.ok(position(earlier) < first && position(earlier) >= 0, earlier);
  });
});
