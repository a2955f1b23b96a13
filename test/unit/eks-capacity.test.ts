import assert from "node:assert/strict";
import { costOf } from "../../components/cluster/cluster-cost";
import {
  allocatableOf,
  maxPodsOf,
  reservedMib,
  reservedMillicores,
} from "../../components/cluster/node-capacity";
import { eksSchema } from "../../components/core/config/eks-schema";
import { INSTANCE_TYPES } from "../../components/core/tables/eks";
import { clusterPlan, EKS } from "../support/eks/eks-config";

/** Pods at most, as AWS publishes them (awslabs/amazon-eks-ami, eni-max-pods.txt), and processors. */
const PUBLISHED: Record<string, [pods: number, cpus: number]> = {
  "t3.large": [35, 2],
  "t3.xlarge": [58, 4],
  "t3.2xlarge": [58, 8],
  "m5.large": [29, 2],
  "m5.xlarge": [58, 4],
  "m5.2xlarge": [58, 8],
  "m6i.xlarge": [58, 4],
  "m6i.2xlarge": [58, 8],
  "r5.large": [29, 2],
  "r5.xlarge": [58, 4],
};

describe("what fits on nodes of an EKS cluster", () => {
  for (const [type, [pods, cpus]] of Object.entries(PUBLISHED))
    it(`agrees with what is published of ${type}`, () => {
      const instance = INSTANCE_TYPES[type];
      assert.ok(instance);
      assert.equal(maxPodsOf(instance), pods);
      assert.equal(instance.cpus, cpus);
      const { cpu, memoryMib } = allocatableOf(type);
      // 70, 80 and 90 millicores of 2, 4 and 8 processors.
      assert.equal(cpu, cpus - { 2: 0.07, 4: 0.08, 8: 0.09 }[cpus]!);
      assert.ok(memoryMib < instance.memoryGib * 1024 - reservedMib(pods));
    });

  it("keeps for the kubelet what its formulas say", () => {
    assert.equal(reservedMib(58), 893);
    assert.equal(reservedMib(110), 1465);
    assert.equal(reservedMillicores(1), 60);
    assert.equal(reservedMillicores(16), 110);
  });

  it("is less where agents ask for more", () => {
    const [small] = clusterPlan().nodes;
    const [large] = clusterPlan({
      "override.osquery.resources": { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } },
    }).nodes;
    assert.ok(small && large);
    assert.equal(small.left.memoryMib - large.left.memoryMib, 1024 - 128);
  });
});

describe("what an EKS cluster costs", () => {
  const cost = (changes: object) =>
    costOf(
      eksSchema.parse({
        ...EKS,
        region: "us-east-1",
        network: { zones: ["us-east-1a", "us-east-1b"] },
        ...changes,
      }),
    );
  const rowsOf = (changes: object) =>
    cost(changes).rows.map(({ what, count, monthly }) => [what, count, monthly]);

  it("is the sum of its parts, by list prices", () => {
    assert.deepEqual(rowsOf({}), [
      ["EKS control plane", 1, 73],
      ["key of Secrets", 1, 1],
      ["nodes nodes, t3.xlarge", 2, 242.94],
      ["disks of nodes, gp3, GiB", 100, 8],
      ["NAT gateways in us-east-1", 1, 32.85],
      ["their public IPv4 addresses", 1, 3.65],
    ]);
    assert.equal(Math.round(cost({}).monthly * 100), 36144);
  });

  it("has Bottlerocket's second disk, a NAT gateway a zone, and no NAT in a network of others", () => {
    const nodeGroups = [{ name: "n", os: "bottlerocket", desired: 3 }];
    assert.deepEqual(rowsOf({ nodeGroups })[3], ["disks of n, gp3, GiB", 3 * 54, 12.96]);
    const network = { zones: ["us-east-1a", "us-east-1b"], nat: "perZone" };
    assert.deepEqual(rowsOf({ network })[4], ["NAT gateways in us-east-1", 2, 65.7]);
    const existing = {
      vpcId: "vpc-0123456789abcdef0",
      privateSubnetIds: ["subnet-01234567", "subnet-01234568"],
    };
    assert.equal(rowsOf({ network: { existing } }).length, 4);
  });

  it("says of what it does not know the price, and guesses none", () => {
    const { unknown, rows } = cost({
      region: "eu-north-1",
      network: { zones: ["eu-north-1a", "eu-north-1b"] },
    });
    assert.equal(unknown.length, rows.length - 2);
    const spot = cost({ nodeGroups: [{ name: "n", spot: true }] });
    assert.deepEqual(spot.unknown, ["spot nodes n, t3.xlarge"]);
  });
});
