import assert from "node:assert/strict";
import { EksStack } from "../rigs/eks/eks-stack";
import { inventory } from "../rigs/eks/inventory";

const ZONES = ["a", "b", "c"].map((zone) => `eu-central-1${zone}`);

/** Whole lives of these, from an empty account to an empty account. */
const LIVES: [string, Record<string, unknown>][] = [
  ["AL2023", {}],
  ["Bottlerocket", { nodeGroups: [{ name: "nodes", os: "bottlerocket" }] }],
  ["three zones with a NAT gateway each", { network: { zones: ZONES, nat: "perZone" } }],
  ["a private endpoint", { endpoint: { access: "private" } }],
  ["spot nodes", { nodeGroups: [{ name: "nodes", spot: true, labels: { pool: "spot" } }] }],
];

describe("whole lives of EKS clusters, on a stand-in of the EKS API", function () {
  this.timeout(900_000);
  let stack: EksStack;

  before(async () => {
    stack = await EksStack.start({ name: "eks-lives" });
  });
  after(async () => {
    await stack?.stop();
  });

  async function succeeds(operation: "up" | "destroy" | "refresh", args: readonly string[] = []) {
    const run = await stack.run(operation, args);
    assert.equal(run.code, 0, run.output);
    return run;
  }

  async function life(eks: Record<string, unknown>, between: () => Promise<void> = async () => {}) {
    const before = await inventory(stack.account);
    stack.configure({ eks });
    await succeeds("up");
    await succeeds("up", ["--expect-no-changes"]);
    await between();
    await succeeds("destroy");
    assert.deepEqual(await inventory(stack.account), before);
  }

  for (const [what, eks] of LIVES)
    it(`${what}: made, unchanged at the next update, gone without a trace`, () => life(eks));

  it("in a network of others, which stays as it was", async () => {
    const { vpcId, subnetIds } = await makeNetwork();
    await life({ network: { existing: { vpcId, privateSubnetIds: subnetIds } } });
  });

  it("is grown, gets another image and another add-on, and a newer minor in the order that works", async () => {
    const nodes = (more: object) => ({ nodeGroups: [{ name: "nodes", ...more }] });
    await life(nodes({}), async () => {
      const change = async (eks: Record<string, unknown>) => {
        stack.configure({ eks });
        const { changes } = await succeeds("up");
        await succeeds("up", ["--expect-no-changes"]);
        return changes;
      };
      assert.deepEqual(await change(nodes({ desired: 3 })), ["UpdateNodegroupConfig"]);
      const image = { desired: 3, releaseVersion: "1.35.8-20261015" };
      assert.deepEqual(await change(nodes(image)), ["UpdateNodegroupVersion"]);
      const addons = { versions: { coredns: "v1.14.3-eksbuild.22" } };
      assert.deepEqual(await change({ ...nodes(image), addons }), ["UpdateAddon"]);
      const newer = { desired: 3, releaseVersion: "1.36.2-20261015" };
      const upgrade = await change({ ...nodes(newer), addons, version: "1.36" });
      assert.deepEqual(upgrade, ["UpdateClusterVersion", "UpdateAddon", "UpdateNodegroupVersion"]);
    });
  });

  it("refuses to skip a minor, in one sentence of AWS", async () => {
    stack.configure({
      eks: { version: "1.34", nodeGroups: [{ name: "nodes", releaseVersion: "1.34.3-20260911" }] },
    });
    await succeeds("up");
    stack.configure({
      eks: { version: "1.36", nodeGroups: [{ name: "nodes", releaseVersion: "1.36.2-20261015" }] },
    });
    const { code, output } = await stack.run("up");
    assert.notEqual(code, 0);
    assert.match(output, /Unsupported Kubernetes minor version update from 1\.34 to 1\.36/);
    await succeeds("destroy");
  });

  it("sent nothing beyond this machine, and the stand-in did not fail", () => {
    assert.deepEqual(stack.account.refused, []);
    assert.deepEqual(stack.account.standIn.failures, []);
  });

  /** A VPC with private subnets in two zones, by somebody else. */
  async function makeNetwork() {
    const { moto } = stack.account;
    const vpc = await moto.call("ec2", "CreateVpc", { CidrBlock: "10.99.0.0/16" });
    const vpcId = /<vpcId>([^<]+)</.exec(vpc)?.[1] ?? "";
    const subnetIds: string[] = [];
    for (const [index, zone] of ZONES.slice(0, 2).entries()) {
      const subnet = await moto.call("ec2", "CreateSubnet", {
        VpcId: vpcId,
        CidrBlock: `10.99.${index}.0/24`,
        AvailabilityZone: zone,
      });
      subnetIds.push(/<subnetId>([^<]+)</.exec(subnet)?.[1] ?? "");
    }
    return { vpcId, subnetIds };
  }
});
