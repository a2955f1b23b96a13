import { awsControlPlaneLogs } from "../../policy-pack/policies/aws-control-plane-logs";
import { awsEncryption } from "../../policy-pack/policies/aws-encryption";
import { awsEndpoint } from "../../policy-pack/policies/aws-endpoint";
import { awsIam } from "../../policy-pack/policies/aws-iam";
import { awsInstanceMetadata } from "../../policy-pack/policies/aws-instance-metadata";
import { awsPrivateNodes } from "../../policy-pack/policies/aws-private-nodes";
import { awsSecurityGroups } from "../../policy-pack/policies/aws-security-groups";
import { awsTags } from "../../policy-pack/policies/aws-tags";
import { fails, isNotChecked, passes, UNKNOWN } from "../support/policy/assertions";
import { goodDaemonSet } from "../support/policy/policy-objects";

/** A resource of AWS by its module and type: "eks/cluster:Cluster". */
function aws(type: string, props: object = {}, defaultTags?: unknown) {
  return { $aws: { type, defaultTags }, ...props };
}

const cluster = (props: object) => aws("eks/cluster:Cluster", props);
const template = (props: object) => aws("ec2/launchTemplate:LaunchTemplate", props);

describe("policy aws-endpoint", () => {
  const policy = awsEndpoint;
  const withVpc = (vpcConfig: unknown) => cluster({ vpcConfig });

  it("passes a private endpoint, one for listed networks, and what is no cluster", () => {
    passes(policy, withVpc({ endpointPublicAccess: false }));
    passes(policy, withVpc({ endpointPublicAccess: true, publicAccessCidrs: ["192.0.2.0/24"] }));
    passes(policy, withVpc({ publicAccessCidrs: ["192.0.2.0/24", "2001:db8::/32"] }));
    passes(policy, aws("ec2/vpc:Vpc", { cidrBlock: "0.0.0.0/0" }));
    passes(policy, goodDaemonSet());
  });

  it("fails for one that answers everyone, by default or by a network", () => {
    fails(
      policy,
      withVpc({}),
      /eks\.Cluster\/unnamed, vpcConfig\n {2}found: {3}a public endpoint for everyone/,
    );
    fails(policy, withVpc({ endpointPublicAccess: true, publicAccessCidrs: [] }), /for everyone/);
    fails(policy, withVpc({ publicAccessCidrs: ["192.0.2.0/24", "0.0.0.0/0"] }), /"0\.0\.0\.0\/0"/);
    fails(policy, withVpc({ publicAccessCidrs: ["::/0"] }), /"::\/0"/);
  });

  it("is not checked where the networks are unknown", () => {
    isNotChecked(policy, withVpc({ publicAccessCidrs: UNKNOWN }), /publicAccessCidrs/);
  });
});

describe("policy aws-iam", () => {
  const policy = awsIam;
  const allow = (Action: unknown, more: object = {}) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*", ...more }],
  });
  const written = (document: object) => aws("iam/policy:Policy", { policy: JSON.stringify(document) });
  const trusting = (Principal: unknown, more: object = {}) =>
    aws("iam/role:Role", {
      assumeRolePolicy: JSON.stringify(allow("sts:AssumeRole", { Principal, ...more })),
    });

  it("passes named actions, denials of all, and AWS's policies for one task", () => {
    passes(policy, written(allow(["s3:GetObject", "s3:List*"])));
    passes(policy, written({ Statement: { Effect: "Deny", NotAction: "s3:*" } }));
    passes(policy, trusting({ Service: "ec2.amazonaws.com" }));
    passes(policy, trusting("*", { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }));
    passes(policy, trusting({ AWS: "arn:aws:iam::123456789012:root" }));
    passes(
      policy,
      aws("iam/rolePolicyAttachment:RolePolicyAttachment", {
        policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
      }),
    );
    passes(policy, aws("kms/key:Key", { enableKeyRotation: true }));
  });

  it("fails for all actions, of a service or at all, in whatever form", () => {
    fails(policy, written(allow("*")), /the action \*/);
    fails(policy, written(allow(["s3:GetObject", "iam:*"])), /the action iam:\*/);
    fails(policy, aws("iam/rolePolicy:RolePolicy", { policy: allow("ec2:*") }), /the action ec2:\*/);
    fails(policy, written({ Statement: [{ Effect: "Allow", NotAction: "iam:*" }] }), /NotAction/);
    fails(
      policy,
      aws("iam/role:Role", { inlinePolicies: [{ policy: JSON.stringify(allow("kms:*")) }] }),
      /the action kms:\*/,
    );
  });

  it("fails for policies that are all rights, and roles for everyone", () => {
    const arn = (name: string) => `arn:aws:iam::aws:policy/${name}`;
    const attachment = (name: string) =>
      aws("iam/rolePolicyAttachment:RolePolicyAttachment", { policyArn: arn(name) });
    fails(policy, attachment("AdministratorAccess"), /AdministratorAccess/);
    fails(policy, attachment("PowerUserAccess"), /PowerUserAccess/);
    fails(policy, aws("iam/role:Role", { managedPolicyArns: [arn("IAMFullAccess")] }), /IAMFullAccess/);
    fails(policy, trusting("*"), /the principal "\*"/);
    fails(policy, trusting({ AWS: "*" }), /the principal {"AWS":"\*"}/);
  });

  it("fails for a document that can't be read", () => {
    fails(policy, aws("iam/policy:Policy", { policy: "{" }), /could not read/);
  });

  it("is not checked where the document is unknown", () => {
    isNotChecked(policy, aws("iam/policy:Policy", { policy: UNKNOWN }), /policy/);
  });
});

describe("policy aws-encryption", () => {
  const policy = awsEncryption;
  const keyed = { provider: { keyArn: "arn:aws:kms:x" }, resources: ["secrets"] };
  const disks = (...encrypted: unknown[]) =>
    template({
      blockDeviceMappings: encrypted.map((one, i) => ({
        deviceName: `/dev/xvd${i}`,
        ebs: { encrypted: one },
      })),
    });

  it("passes encrypted disks and Secrets", () => {
    passes(policy, cluster({ encryptionConfig: keyed }));
    passes(policy, disks("true", true));
    passes(policy, aws("ebs/volume:Volume", { encrypted: true }));
    passes(policy, aws("ec2/vpc:Vpc"));
  });

  it("fails for Secrets without a key", () => {
    fails(policy, cluster({}), /no key for Secrets/);
    fails(policy, cluster({ encryptionConfig: { ...keyed, resources: [] } }), /no key for Secrets/);
    fails(policy, cluster({ encryptionConfig: { resources: ["secrets"] } }), /no key for Secrets/);
  });

  it("fails for each disk that is not encrypted, and for those of the image", () => {
    fails(policy, disks("true", "false"), /LaunchTemplate\/unnamed, \/dev\/xvd1\n.*"false"/);
    fails(policy, disks(undefined, false), [/xvd0\n.*nothing/, /xvd1\n.*false/]);
    fails(
      policy,
      template({ blockDeviceMappings: [{ ebs: {} }] }),
      /blockDeviceMappings\n.*encrypted: nothing/,
    );
    fails(policy, template({}), /the disks of the image/);
    fails(policy, aws("ebs/volume:Volume"), /encrypted: nothing/);
  });

  it("is not checked where the key is unknown, nor for a disk whose setting is", () => {
    isNotChecked(policy, cluster({ encryptionConfig: { ...keyed, provider: UNKNOWN } }), /provider/);
    isNotChecked(policy, disks("true", UNKNOWN), /encrypted/);
  });
});

describe("policy aws-instance-metadata", () => {
  const policy = awsInstanceMetadata;
  const options = (metadataOptions: unknown) => template({ metadataOptions });
  const good = { httpTokens: "required", httpPutResponseHopLimit: 1 };

  it("passes tokens within one hop, no endpoint at all, and a group with a template", () => {
    passes(policy, options(good));
    passes(policy, options({ httpEndpoint: "disabled" }));
    passes(policy, options({ ...good, httpPutResponseHopLimit: 2 }), { config: { maxHops: 2 } });
    passes(policy, aws("eks/nodeGroup:NodeGroup", { launchTemplate: { id: "lt-1" } }));
    passes(policy, cluster({}));
  });

  it("fails for IMDSv1, for pods that get an answer, and where nothing is said", () => {
    fails(policy, options({ ...good, httpTokens: "optional" }), /httpTokens: "optional"/);
    fails(policy, options({ ...good, httpPutResponseHopLimit: 2 }), /HopLimit: 2\n {2}allowed: at most 1/);
    fails(policy, aws("ec2/instance:Instance"), [/httpTokens: nothing/, /HopLimit: nothing/]);
    fails(policy, aws("eks/nodeGroup:NodeGroup"), /launchTemplate\n.*IMDSv1/);
  });

  it("is not checked where the options are unknown", () => {
    isNotChecked(policy, options(UNKNOWN), /metadataOptions/);
  });
});

describe("policy aws-private-nodes", () => {
  const policy = awsPrivateNodes;
  const subnet = (props: object) => aws("ec2/subnet:Subnet", props);

  it("passes what gets no public address", () => {
    passes(policy, subnet({ mapPublicIpOnLaunch: false }));
    passes(policy, subnet({}));
    passes(policy, template({ networkInterfaces: [{ associatePublicIpAddress: "false" }] }));
    passes(policy, aws("ec2/vpc:Vpc", { mapPublicIpOnLaunch: true }));
  });

  it("fails for what gets one", () => {
    fails(policy, subnet({ mapPublicIpOnLaunch: true }), /mapPublicIpOnLaunch: true/);
    fails(
      policy,
      template({ networkInterfaces: [{}, { associatePublicIpAddress: "true" }] }),
      /associatePublic/,
    );
    fails(policy, aws("ec2/instance:Instance", { associatePublicIpAddress: true }), /associatePublic/);
  });

  it("is not checked where it is unknown", () => {
    isNotChecked(policy, subnet({ mapPublicIpOnLaunch: UNKNOWN }), /mapPublicIpOnLaunch/);
  });
});

describe("policy aws-security-groups", () => {
  const policy = awsSecurityGroups;
  const group = (...ingress: unknown[]) => aws("ec2/securityGroup:SecurityGroup", { ingress });

  it("passes networks, groups, and all that goes out", () => {
    passes(policy, group({ cidrBlocks: ["10.0.0.0/8"], ipv6CidrBlocks: ["2001:db8::/32"] }));
    passes(policy, aws("ec2/securityGroup:SecurityGroup", { egress: [{ cidrBlocks: ["0.0.0.0/0"] }] }));
    passes(
      policy,
      aws("ec2/securityGroupRule:SecurityGroupRule", { type: "egress", cidrBlocks: ["0.0.0.0/0"] }),
    );
    passes(policy, aws("ec2/route:Route", { cidrBlocks: ["0.0.0.0/0"] }));
  });

  it("fails for the whole internet, in every resource that lets it in", () => {
    fails(
      policy,
      group({ fromPort: 22, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }),
      /0\.0\.0\.0\/0 to port 22/,
    );
    fails(policy, group({ ipv6CidrBlocks: ["::/0"] }), /::\/0 to port any/);
    fails(
      policy,
      aws("ec2/defaultSecurityGroup:DefaultSecurityGroup", { ingress: [{ cidrBlocks: ["0.0.0.0/0"] }] }),
      /DefaultSecurityGroup/,
    );
    fails(
      policy,
      aws("ec2/securityGroupRule:SecurityGroupRule", { type: "ingress", cidrBlocks: ["0.0.0.0/0"] }),
      /0\.0\.0\.0\/0/,
    );
    const rule = (props: object) => aws("vpc/securityGroupIngressRule:SecurityGroupIngressRule", props);
    fails(policy, rule({ cidrIpv4: "0.0.0.0/0" }), /0\.0\.0\.0\/0/);
    fails(policy, rule({ cidrIpv6: "::/0" }), /::\/0/);
  });

  it("is not checked for a rule whose networks are unknown, and judges the others", () => {
    isNotChecked(policy, group({ cidrBlocks: UNKNOWN }), /cidrBlocks/);
  });
});

describe("policy aws-control-plane-logs", () => {
  const policy = awsControlPlaneLogs;
  const logging = (enabledClusterLogTypes: unknown) => cluster({ enabledClusterLogTypes });

  it("passes the logs that are asked for", () => {
    passes(policy, logging(["audit", "api", "authenticator", "scheduler"]));
    passes(policy, logging(["audit"]), { config: { types: ["audit"] } });
    passes(policy, aws("ec2/vpc:Vpc"));
  });

  it("fails for those that are missing", () => {
    fails(policy, logging(["api"]), /none for audit, authenticator/);
    fails(policy, cluster({}), /none for api, audit, authenticator/);
  });

  it("is not checked where they are unknown", () => {
    isNotChecked(policy, logging(UNKNOWN), /enabledClusterLogTypes/);
  });
});

describe("policy aws-tags", () => {
  const policy = awsTags;
  const tags = { "security-stack/cluster": "shop" };
  const vpc = (props: object, defaultTags?: unknown) => aws("ec2/vpc:Vpc", props, defaultTags);

  it("passes tags of the resource, or of its provider in either form", () => {
    passes(policy, vpc({ tags }));
    passes(policy, vpc({ tagsAll: tags }));
    passes(policy, vpc({}, { tags }));
    passes(policy, vpc({}, JSON.stringify({ tags })));
    passes(policy, aws("ec2/route:Route"));
  });

  it("fails where there are none, or others", () => {
    fails(policy, vpc({}), /none of the key security-stack\/cluster/);
    fails(policy, vpc({ tags: { team: "a" } }, "null"), /none of the key/);
    fails(policy, vpc({ tags }), /none of the key team/, { config: { required: ["team"] } });
  });

  it("is not checked where they are unknown", () => {
    isNotChecked(policy, vpc({ tags: UNKNOWN }), /tags/);
  });
});
