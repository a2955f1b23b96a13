import assert from "node:assert/strict";
import { requiredRights } from "../../components/cluster/required-rights";
import { clusterPlan, NETWORK_OF_OTHERS } from "../support/eks/eks-config";

const statementsOf = (changes: Record<string, unknown> = {}) =>
  requiredRights(clusterPlan(changes)).Statement;
const actionsOf = (changes: Record<string, unknown> = {}) =>
  statementsOf(changes).flatMap(({ Action }) => Action);

describe("the rights that making an EKS cluster needs", () => {
  it("have no wildcard among the actions, and one among the resources only where there is no name yet", () => {
    for (const action of actionsOf()) assert.match(action, /^(ec2|eks|iam|kms|logs):[A-Z][A-Za-z]+$/);
    const open = statementsOf().filter(({ Resource }) => Resource === "*");
    assert.deepEqual(
      open.map(({ Sid, Condition }) => [Sid, Condition]),
      [
        ["Look", undefined],
        ["Network", { StringEquals: { "aws:RequestedRegion": "eu-central-1" } }],
      ],
    );
    const [look] = open;
    for (const action of look?.Action ?? []) assert.match(action, /:(Describe|List)|kms:CreateKey/);
  });

  it("are of the cluster's name, account and region", () => {
    const cluster = statementsOf().find(({ Sid }) => Sid === "Cluster");
    assert.deepEqual(cluster?.Resource, [
      "arn:aws:eks:eu-central-1:123456789012:cluster/shop",
      ...["nodegroup", "addon", "access-entry", "podidentityassociation"].map(
        (kind) => `arn:aws:eks:eu-central-1:123456789012:${kind}/shop/*`,
      ),
    ]);
    const roles = statementsOf().find(({ Sid }) => Sid === "PassRoles");
    assert.deepEqual(roles?.Resource, [
      ...["cluster-role", "addon-vpc-cni-role", "node-role", "addon-aws-ebs-csi-driver-role"].map(
        (name) => `arn:aws:iam::123456789012:role/${name}-*`,
      ),
    ]);
  });

  it("are fewer where less is made", () => {
    const inOthers = actionsOf({ "eks.network": NETWORK_OF_OTHERS });
    for (const action of ["ec2:CreateVpc", "ec2:CreateNatGateway", "ec2:AllocateAddress"]) {
      assert.ok(actionsOf().includes(action), action);
      assert.ok(!inOthers.includes(action), action);
    }
    assert.ok(inOthers.includes("ec2:CreateLaunchTemplate"));
  });
});
