import assert from "node:assert/strict";
import { requiredRights } from "../../components/cluster/required-rights";
import { EksStack } from "../rigs/eks/eks-stack";
import { element } from "../rigs/eks/moto-client";
import { clusterPlan } from "../support/eks/eks-config";

const BOTH = {
  nodeGroups: [{ name: "al2023" }, { name: "bottlerocket", os: "bottlerocket" }],
};

const AUDIT = [{ name: "otel_pipeline" }, { name: "k8s_audit", config: { source: "eks" } }];

describe("an EKS cluster of the stack's own, on a stand-in of the EKS API", function () {
  this.timeout(300_000);
  let stack: EksStack;

  before(async () => {
    stack = await EksStack.start({ name: "eks-life" });
    stack.configure({ eks: BOTH });
  });
  after(async () => {
    await stack?.stop();
  });

  it("is previewed without a change", async () => {
    const { code, output, changes } = await stack.run("preview");
    assert.equal(code, 0, output);
    assert.deepEqual(changes, []);
  });

  it("is made in one update, in the order that works", async () => {
    const { code, output, changes } = await stack.run("up");
    assert.equal(code, 0, output);
    const made = changes.filter((name) => !/Access/.test(name));
    assert.deepEqual(made, [
      "CreateCluster",
      ...["CreateAddon", "CreateAddon", "CreateAddon"],
      ...["CreateNodegroup", "CreateNodegroup"],
      ...["CreateAddon", "CreateAddon"],
    ]);
    const { cluster } = (await stack.outputs()) as { cluster: { login: string; endpoint: string } };
    assert.equal(cluster.endpoint, stack.account.kubernetes.server);
    assert.equal(cluster.login, "aws eks update-kubeconfig --name eks-life --region eu-central-1");
  });

  it("has the default StorageClass, by a token of the exec plugin", async () => {
    const { code, output } = await stack.ask(stack.principal, "/apis/storage.k8s.io/v1/storageclasses/gp3");
    assert.equal(code, 200, output);
    assert.match(output, /"encrypted":"true"/);
  });

  it("lets nobody in who has no access entry", async () => {
    const stranger = await stack.account.user("stranger");
    const { code } = await stack.ask(stranger, "/apis/storage.k8s.io/v1/storageclasses");
    assert.equal(code, 401);
  });

  it("is the same at the next update, and after a refresh", async () => {
    for (const operation of ["up", "refresh"] as const) {
      const { code, output, changes } = await stack.run(operation, ["--expect-no-changes"]);
      assert.equal(code, 0, output);
      assert.deepEqual(changes, []);
    }
  });

  it("gives the reader of the audit log rights on its log group, and no others", async () => {
    stack.configure({ eks: BOTH, features: AUDIT });
    // Without the workloads, which the whole stack's test has (whole-stack.all.test.ts).
    const targets = ["role", "rights", "association"].flatMap((part) => [
      "--target",
      `**pod-audit-reader-${part}`,
    ]);
    const { code, output, changes } = await stack.run("up", targets);
    assert.equal(code, 0, output);
    assert.deepEqual(changes, ["CreatePodIdentityAssociation"]);
    const [cluster] = stack.account.standIn.account.clusters.values();
    const [association] = [...(cluster?.podIdentities.values() ?? [])].flatMap(({ fields }) =>
      fields["serviceAccount"] === "audit-reader" ? [fields] : [],
    );
    // Terraform's newer framework makes it, which has the tags from the provider's own config.
    assert.deepEqual(association?.["tags"], { "security-stack/cluster": "eks-life" });
    const { moto } = stack.account;
    const roles = await moto.call("iam", "ListRoles", {});
    const RoleName = /<RoleName>(pod-audit-reader-role-\w+)</.exec(roles)?.[1] ?? assert.fail(roles);
    const PolicyName = element(await moto.call("iam", "ListRolePolicies", { RoleName }), "member");
    const policy = await moto.call("iam", "GetRolePolicy", { RoleName, PolicyName });
    assert.deepEqual(JSON.parse(decodeURIComponent(element(policy, "PolicyDocument"))).Statement, [
      {
        Effect: "Allow",
        Action: ["logs:FilterLogEvents"],
        Resource: ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/eks/eks-life/cluster:*"],
      },
    ]);
    const attached = await moto.call("iam", "ListAttachedRolePolicies", { RoleName });
    assert.doesNotMatch(attached, /<member>/);
  });

  it("asked of AWS what the rights of its plan allow, and nothing else", () => {
    const planned = clusterPlan({ "eks.nodeGroups": BOTH.nodeGroups, features: AUDIT });
    const allowed = new Set(requiredRights(planned).Statement.flatMap(({ Action }) => Action));
    const asked = stack.account.standIn.calls
      .filter(({ service }) => service !== "sts")
      .map(({ service, operation }) => `${service}:${operation}`);
    assert.deepEqual([...new Set(asked)].filter((action) => !allowed.has(action)).sort(), []);
  });

  it("sent nothing beyond this machine, and the stand-in did not fail", () => {
    assert.deepEqual(stack.account.refused, []);
    assert.deepEqual(stack.account.standIn.failures, []);
  });
});
