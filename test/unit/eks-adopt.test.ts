import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eksSchema } from "../../components/core/config/eks-schema";
import { adoptCluster } from "../../tools/cli/adopt-cluster";
import { EKS } from "../support/eks/eks-config";

const STACK = "urn:pulumi:dev::security-stack::";
const PARENT = { urn: `${STACK}cluster`, type: "security-stack:cluster:EksCluster" };
const PROVIDER = { urn: `${STACK}aws`, type: "pulumi:providers:aws" };
const CLUSTER = { urn: `${STACK}eks`, type: "aws:eks/cluster:Cluster", inputs: { name: "shop" } };
const SUBNET = {
  urn: `${STACK}private`,
  type: "aws:ec2/subnet:Subnet",
  inputs: {
    vpcId: "vpc-1",
    tags: { Name: "shop-private" },
    tagsAll: { Name: "shop-private", "security-stack/cluster": "shop" },
  },
};
const ROUTE = {
  urn: `${STACK}out`,
  type: "aws:ec2/route:Route",
  inputs: { routeTableId: "rtb-1", destinationCidrBlock: "0.0.0.0/0" },
};

describe("what cluster:adopt takes after an update of an EKS cluster that was killed", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "aws-cli-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** The ids that are imported where the AWS CLI is this script, and what Pulumi says of an import. */
  async function adopt(pending: object[], script: string, refusal = "") {
    writeFileSync(join(folder, "aws"), `#!/bin/sh\necho "$*" >> ${join(folder, "asked")}\n${script}\n`);
    chmodSync(join(folder, "aws"), 0o755);
    const resources = [PARENT, PROVIDER, CLUSTER];
    const pendingOperations = pending.map((resource) => ({ type: "creating", resource }));
    const exported = { deployment: { resources, pending_operations: pendingOperations } };
    const ask = async ([command]: readonly string[]) => ({
      code: command === "import" && refusal !== "" ? 255 : 0,
      stdout: command === "stack" ? JSON.stringify(exported) : refusal,
      stderr: "",
      interrupted: false,
    });
    return adoptCluster(eksSchema.parse(EKS), "shop", ask, { PATH: `${folder}:/usr/bin:/bin` });
  }

  it("is found by the tags that the stack gives it, each once, however often an update was killed there", async () => {
    assert.deepEqual(await adopt([SUBNET, SUBNET], "echo subnet-1"), ["subnet-1"]);
    const asked = readFileSync(join(folder, "asked"), "utf8");
    assert.equal(
      asked,
      "ec2 describe-subnets --filters Name=tag:Name,Values=shop-private Name=tag:security-stack/cluster,Values=shop Name=vpc-id,Values=vpc-1 --query Subnets[].SubnetId | [0] --output text --region eu-central-1\n",
    );
  });

  it("is known by what it is between", async () => {
    assert.deepEqual(await adopt([ROUTE], "exit 9"), ["rtb-1_0.0.0.0/0"]);
  });

  it("is nothing of what AWS has not begun to make", async () => {
    assert.deepEqual(await adopt([SUBNET], "echo None"), []);
    assert.deepEqual(await adopt([ROUTE], "exit 9", "resource 'x' does not exist"), []);
  });

  it("ends with a sentence where AWS or Pulumi refuses", async () => {
    await assert.rejects(
      adopt([SUBNET], "echo AccessDenied >&2; exit 254"),
      /describe-subnets failed: AccessDenied/,
    );
    await assert.rejects(adopt([ROUTE], "exit 9", "no such plugin"), /pulumi import failed: no such plugin/);
    await assert.rejects(adopt([], "exit 9"), /has the cluster already, and nothing was being made/);
  });
});
