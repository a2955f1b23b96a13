import assert from "node:assert/strict";
import type { ConfigErrorCode } from "../../components/core/config/config-error";
import { formatIssues } from "../../components/core/config/config-error";
import { ADMIN, clusterPlan, eksIssues, NETWORK_OF_OTHERS } from "../support/eks/eks-config";

const ZONES = ["eu-central-1a", "eu-central-1b"];
const GROUP = { name: "nodes" };
const group = (settings: object) => ({ "eks.nodeGroups": [{ ...GROUP, ...settings }] });

/** What is changed, the code, where, and a word that helps. */
const BAD: [Record<string, unknown>, ConfigErrorCode, string, RegExp][] = [
  // Which cluster.
  [{ eks: undefined }, "CFG004", "eks", /account, region, zones/],
  [{ "global.cluster": "current" }, "CFG003", "global.cluster", /no section `eks`/],
  [{ "global.cluster": "EKS" }, "CFG003", "global.cluster", /"eks"/],
  [{ "global.context": "mine" }, "CFG003", "global.context", /connects to the cluster that it makes/],
  // Account and region.
  [{ "eks.accountId": 123456789012 }, "CFG002", "eks.accountId", /string/],
  [{ "eks.accountId": "1234" }, "CFG003", "eks.accountId", /twelve digits/],
  [{ "eks.region": "Frankfurt" }, "CFG003", "eks.region", /eu-central-1/],
  [{ "eks.assumeRole": "deployer" }, "CFG003", "eks.assumeRole", /ARN of an IAM role/],
  [{ "eks.tags": { "aws:name": "x" } }, "CFG003", 'eks.tags["aws:name"]', /not beginning with "aws:"/],
  // Network.
  [{ "eks.network.zones": ["eu-central-1a"] }, "CFG003", "eks.network.zones", /two or three zones/],
  [
    { "eks.network.zones": ["eu-central-1a", "eu-central-1a"] },
    "CFG003",
    "eks.network.zones[1]",
    /another one/,
  ],
  [
    { "eks.network.zones": ["eu-central-1a", "eu-west-1b"] },
    "CFG003",
    "eks.network.zones[1]",
    /zone of eu-central-1/,
  ],
  [{ "eks.network.cidr": "10.0.0.0/24" }, "CFG003", "eks.network.cidr", /to \/20/],
  [{ "eks.network.cidr": "10.0.0.1/16" }, "CFG003", "eks.network.cidr", /without bits beyond its mask/],
  [{ "eks.network.cidr": "172.20.0.0/16" }, "CFG020", "eks.serviceCidr", /without a common address/],
  [{ "eks.serviceCidr": "10.20.128.0/20" }, "CFG020", "eks.serviceCidr", /10\.20\.0\.0\/16/],
  [{ "eks.serviceCidr": "172.20.0.0/26" }, "CFG003", "eks.serviceCidr", /to \/24/],
  [
    { "eks.network.cidr": "10.0.0.0/20", ...group({ max: 40 }) },
    "CFG020",
    "eks.network.cidr",
    /2038 addresses.*\n.*at least 2400, which 40 nodes/,
  ],
  [
    { "eks.network.existing": NETWORK_OF_OTHERS.existing },
    "CFG003",
    "eks.network.zones",
    /none beside `existing`/,
  ],
  [
    { "eks.network": { existing: { vpcId: "vpc-0123456789abcdef0" } } },
    "CFG004",
    "eks.network.existing.privateSubnetIds",
    /privateSubnetIds/,
  ],
  [
    { "eks.network": { existing: { ...NETWORK_OF_OTHERS.existing, privateSubnetIds: ["subnet-01234567"] } } },
    "CFG003",
    "eks.network.existing.privateSubnetIds",
    /2/,
  ],
  [
    { "eks.network": { existing: { ...NETWORK_OF_OTHERS.existing, vpcId: "main" } } },
    "CFG003",
    "eks.network.existing.vpcId",
    /id of a VPC/,
  ],
  // Endpoint and who gets in.
  [{ "eks.endpoint": undefined }, "CFG003", "eks.endpoint.publicCidrs", /networks for a public endpoint/],
  [{ "eks.endpoint.access": "private" }, "CFG003", "eks.endpoint.publicCidrs", /none for a private one/],
  [{ "eks.endpoint.publicCidrs": ["192.0.2.1"] }, "CFG003", "eks.endpoint.publicCidrs[0]", /IPv4 network/],
  [
    { "eks.assumeRole": "arn:aws:iam::123456789012:role/deployer" },
    "CFG003",
    "eks.admins",
    /the role of `assumeRole` among them/,
  ],
  [{ "eks.admins": [] }, "CFG003", "eks.admins", /1/],
  [{ "eks.admins": undefined }, "CFG004", "eks.admins", /admins/],
  [
    { "eks.admins": ["arn:aws:sts::123456789012:assumed-role/platform/me"] },
    "CFG003",
    "eks.admins[0]",
    /that of the role, not of the session/,
  ],
  [{ "eks.admins": [ADMIN, ADMIN] }, "CFG003", "eks.admins[1]", /another one/],
  // Versions.
  [{ "eks.version": "1.29" }, "CFG003", "eks.version", /in standard support.*1\.35/],
  [{ "eks.version": 1.35 }, "CFG002", "eks.version", /string/],
  [
    { "eks.version": "1.36" },
    "CFG004",
    "eks.nodeGroups[0].releaseVersion",
    /a release of al2023 for Kubernetes 1\.36: none is pinned/,
  ],
  [{ "eks.addons.versions": { "vpc-cni": "latest" } }, "CFG003", "eks.addons.versions.vpc-cni", /eksbuild/],
  [
    { "eks.addons.versions": { "aws-ebs-csi-drivr": "v1.0.0-eksbuild.1" } },
    "CFG001",
    "eks.addons.versions.aws-ebs-csi-drivr",
    /vpc-cni[\s\S]*did you mean "aws-ebs-csi-driver"/,
  ],
  // Nodes.
  [{ "eks.nodeGroups": [] }, "CFG003", "eks.nodeGroups", /1/],
  [{ "eks.nodeGroups": [GROUP, GROUP] }, "CFG003", "eks.nodeGroups", /different names/],
  [group({ os: "al2" }), "CFG003", "eks.nodeGroups[0].os", /al2023/],
  [group({ os: "windows" }), "CFG003", "eks.nodeGroups[0].os", /bottlerocket/],
  [
    group({ instanceType: "m7g.xlarge" }),
    "CFG003",
    "eks.nodeGroups[0].instanceType",
    /not every sensor has an image for arm64/,
  ],
  [group({ instanceType: "t4g.xlarge" }), "CFG003", "eks.nodeGroups[0].instanceType", /x86_64/],
  [group({ instanceType: "t2.micro" }), "CFG003", "eks.nodeGroups[0].instanceType", /t3\.xlarge/],
  [group({ min: 3 }), "CFG003", "eks.nodeGroups[0].desired", /between `min` and `max`/],
  [group({ max: 1 }), "CFG003", "eks.nodeGroups[0].desired", /between `min` and `max`/],
  [group({ diskGib: 8 }), "CFG003", "eks.nodeGroups[0].diskGib", /30/],
  [
    group({ releaseVersion: "1.34.3-20260911" }),
    "CFG003",
    "eks.nodeGroups[0].releaseVersion",
    /for Kubernetes 1\.35/,
  ],
  [
    group({ releaseVersion: "1.35.1-20250701" }),
    "CFG021",
    "eks.nodeGroups[0].releaseVersion",
    /older kernels/,
  ],
  [
    group({ os: "bottlerocket", releaseVersion: "1.35.7-20260911" }),
    "CFG003",
    "eks.nodeGroups[0].releaseVersion",
    /a release of bottlerocket/,
  ],
  [
    group({ taints: [{ key: "a b", effect: "NoSchedule" }] }),
    "CFG003",
    "eks.nodeGroups[0].taints[0].key",
    /label key/,
  ],
  [
    {
      "override.osquery.resources": { requests: { memory: "8Gi" }, limits: { memory: "8Gi" } },
      ...group({ instanceType: "t3.large" }),
    },
    "CFG021",
    "eks.nodeGroups[0].instanceType",
    /t3\.large, which leaves .* MiB to pods[\s\S]*that the agents of every node request/,
  ],
  [
    group({ taints: [{ key: "only", value: "batch", effect: "NoSchedule" }] }),
    "CFG021",
    "eks.nodeGroups",
    /without taints that leave 0 cores/,
  ],
  [
    { ...group({ os: "bottlerocket" }), "features.0.config": { nodeLogBasePath: "/data/security" } },
    "CFG021",
    "eks.nodeGroups[0].os",
    /root is read-only.*\/data\/security[\s\S]*below \/var/,
  ],
  // Logs and money.
  [{ "eks.logs.retentionDays": 31 }, "CFG003", "eks.logs.retentionDays", /30/],
  [{ "eks.logs.types": ["audits"] }, "CFG003", "eks.logs.types[0]", /audit/],
  [{ "eks.budget": 100 }, "CFG022", "eks.budget", /no known price of: NAT gateways in eu-central-1/],
  [
    { "eks.budget": 100, "eks.region": "us-east-1", "eks.network.zones": ["us-east-1a", "us-east-1b"] },
    "CFG022",
    "eks.budget",
    /361\.\d\d USD a month by list prices[\s\S]*at most 100\.00/,
  ],
  [{ "eks.fargate": true }, "CFG001", "eks.fargate", /unknown key/],
];

describe("bad configs of an EKS cluster", () => {
  it("are forty at least", () => assert.ok(BAD.length >= 40, String(BAD.length)));

  for (const [changes, code, path, says] of BAD)
    it(`${code} at ${path}: ${JSON.stringify(changes).slice(0, 90)}`, () => {
      const issues = eksIssues(changes);
      const found = issues.find((issue) => issue.code === code && issue.path === `security-stack:${path}`);
      assert.ok(found, formatIssues(issues));
      assert.match(formatIssues([found]), says);
    });

  it("are those whose version AWS no longer supports, from the day after on", () => {
    const old = { "eks.version": "1.34", ...group({ releaseVersion: "1.34.3-20260911" }) };
    const [issue] = eksIssues(old, "2026-12-03");
    assert.equal(issue?.path, "security-stack:eks.version");
    assert.match(issue?.found ?? "", /ended on 2026-12-02/);
    assert.throws(() => eksIssues(old, "2026-12-02"), /accepted/);
  });
});

describe("good configs of an EKS cluster", () => {
  const types = (changes?: Record<string, unknown>) => clusterPlan(changes).resources.map(({ type }) => type);

  it("make a network of their own, or take one that is given", () => {
    assert.ok(types().includes("ec2.Vpc"));
    const given = clusterPlan({ "eks.network": NETWORK_OF_OTHERS });
    const made = given.resources.map(({ type }) => type).filter((type) => type.startsWith("ec2."));
    assert.deepEqual(made, ["ec2.LaunchTemplate"]);
    const cluster = given.resources.find(({ name }) => name === "cluster");
    assert.deepEqual(cluster?.args["vpcConfig"], {
      subnetIds: NETWORK_OF_OTHERS.existing.privateSubnetIds,
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["192.0.2.0/24"],
    });
  });

  it("have a NAT gateway for all zones, or one a zone", () => {
    const nats = (nat: string) =>
      types({ "eks.network.nat": nat }).filter((type) => type === "ec2.NatGateway");
    assert.equal(nats("one").length, 1);
    assert.equal(nats("perZone").length, ZONES.length);
  });
});
