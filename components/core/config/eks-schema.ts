import { isIPv4 } from "node:net";
import { z } from "zod";
import {
  ADDONS_AFTER_NODES,
  ADDONS_BEFORE_NODES,
  ARM_INSTANCE,
  DEFAULT_EKS_VERSION,
  EKS_VERSIONS,
  INSTANCE_TYPES,
  NODE_MONITORING,
} from "../tables/eks";
import { dnsLabel, labelKey, labelValue, text, unique } from "./value-schemas";

const NETWORK = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/;

/** A network of IPv4 whose address has nothing set beyond its mask. */
export const ipv4Network = z.string().refine((written) => {
  const [, address = "", bits = ""] = NETWORK.exec(written) ?? [];
  if (!isIPv4(address) || Number(bits) > 32) return false;
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return value % 2 ** (32 - Number(bits)) === 0;
}, 'an IPv4 network, like "10.20.0.0/16", without bits beyond its mask');

const zoneName = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone, like "eu-central-1a"');

const principal = z
  .string()
  .regex(
    /^arn:aws(-cn|-us-gov)?:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/,
    "the ARN of an IAM role or user; of an assumed role that of the role, not of the session",
  );

// EC2 and EKS take tags of 128 and 256 characters; aws: is AWS's own, and the EBS CSI driver takes what follows the first = for
// the value (aws-ebs-csi-driver, docs/tagging.md).
const tagsSchema = z.record(
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^(?!aws:)[\p{L}\p{N} _.:/+@-]+$/iu, 'a tag of AWS without "=", not beginning with "aws:"'),
  z
    .string()
    .max(256)
    .regex(/^[\p{L}\p{N} _.:/=+@-]*$/u, "a value of a tag of AWS"),
);

const existingSchema = z.strictObject({
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC, like "vpc-0123456789abcdef0"')
    .describe("The VPC."),
  privateSubnetIds: unique(
    z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'the id of a subnet, like "subnet-0123456789abcdef0"'),
  )
    .min(2)
    .max(16)
    .describe("Its private subnets for control plane and nodes, in two zones at least, with a way out."),
});

const networkSchema = z
  .strictObject({
    cidr: ipv4Network
      .refine((written) => {
        const bits = Number(NETWORK.exec(written)?.[2]);
        return bits >= 16 && bits <= 20;
      }, "a network from /16, the largest that a VPC takes, to /20")
      .default("10.20.0.0/16")
      .describe(
        "Addresses of the VPC. Each zone gets a quarter for nodes and pods; NAT and load balancers share the last.",
      ),
    zones: unique(zoneName)
      .max(3)
      .default([])
      .describe("Availability zones of the region, two or three: EKS refuses a cluster in one."),
    nat: z
      .enum(["one", "perZone"])
      .default("one")
      .describe(
        "NAT gateways for the private nodes: `one` for all zones is cheaper; with `perZone` the other zones keep their way out when one fails.",
      ),
    existing: existingSchema
      .optional()
      .describe(
        "A network of yours instead: nothing is made in it, and `cidr`, `zones` and `nat` are of no use.",
      ),
  })
  .refine(({ zones, existing }) => (existing ? zones.length === 0 : zones.length >= 2), {
    path: ["zones"],
    message: "two or three zones; none beside `existing`",
  });

const endpointSchema = z
  .strictObject({
    access: z
      .enum(["private", "public", "both"])
      .default("both")
      .describe("Who reaches the API server: from within the VPC, from `publicCidrs`, or both."),
    publicCidrs: unique(ipv4Network)
      .default([])
      .describe("Networks from which the public endpoint answers; 0.0.0.0/0 is refused by the policy pack."),
  })
  .refine(({ access, publicCidrs }) => (access === "private") === (publicCidrs.length === 0), {
    path: ["publicCidrs"],
    message: "networks for a public endpoint, and none for a private one",
  });

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"] as const;

// What CloudWatch Logs takes (API reference, PutRetentionPolicy), up to a year.
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365] as const;

const logsSchema = z.strictObject({
  types: unique(z.enum(LOG_TYPES))
    .default(["api", "audit", "authenticator"])
    .describe("Logs of the control plane that go to CloudWatch."),
  retentionDays: z
    .literal(RETENTION_DAYS)
    .default(30)
    .describe("Days that CloudWatch keeps them; one of those that it takes."),
});

const taintSchema = z.strictObject({
  key: labelKey,
  value: labelValue.optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

const nodeGroupSchema = z
  .strictObject({
    name: dnsLabel.max(40).describe("Name of the group, in the names of its nodes' launch template too."),
    os: z
      .enum(["al2023", "bottlerocket"])
      .default("al2023")
      .describe(
        "Image of the nodes: Amazon Linux 2023 or Bottlerocket. Amazon Linux 2 is out of support and has an old kernel.",
      ),
    instanceType: z
      .string()
      .refine((type) => !ARM_INSTANCE.test(type), {
        message: "an x86_64 instance type: not every sensor has an image for arm64",
        abort: true,
      })
      .refine(
        (type) => Object.hasOwn(INSTANCE_TYPES, type),
        `one of ${Object.keys(INSTANCE_TYPES).join(", ")}`,
      )
      .default("t3.xlarge")
      .describe("EC2 instance type. A steady load above 40 % of the processors costs extra on t3."),
    min: z.int().min(0).max(100).default(2).describe("Fewest nodes."),
    desired: z.int().min(1).max(100).default(2).describe("Nodes at first, and after each `up`."),
    max: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe("Most nodes; an update of the group needs one more than desired for a while."),
    diskGib: z
      .int()
      .min(30)
      .max(1024)
      .default(50)
      .describe("GiB of the disk for images and pods, gp3, encrypted."),
    spot: z
      .boolean()
      .default(false)
      .describe("Spot instances, which AWS may take back with two minutes' notice."),
    labels: z.record(labelKey, labelValue).default({}).describe("Labels of the nodes."),
    taints: z.array(taintSchema).max(50).default([]).describe("Taints of the nodes."),
    releaseVersion: z
      .string()
      .regex(/^\d+\.\d+\.\d+-(\d{8}|[0-9a-f]{8})$/, 'a release like "1.35.7-20260911" or "1.63.0-d4932ff8"')
      .optional()
      .describe(
        "Release of the image; by default the pinned one, so that a newer one of AWS replaces no node by itself.",
      ),
  })
  .refine(({ min, desired, max }) => min <= desired && desired <= max, {
    path: ["desired"],
    message: "a number between `min` and `max`",
  });

const ADDON_NAMES = [...ADDONS_BEFORE_NODES, ...ADDONS_AFTER_NODES, NODE_MONITORING] as const;

const addonsSchema = z.strictObject({
  newest: z
    .boolean()
    .default(false)
    .describe(
      "The newest version that fits the cluster's, at each `up`; by default EKS's own choice for it.",
    ),
  versions: z
    .partialRecord(
      z.enum(ADDON_NAMES),
      z.string().regex(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, 'a version like "v1.23.1-eksbuild.1"'),
    )
    .default({})
    .describe("Versions of add-ons that are to stay as they are, by name."),
  nodeMonitoring: z
    .boolean()
    .default(false)
    .describe(
      "The add-on eks-node-monitoring-agent, which writes what it finds of a node into its conditions.",
    ),
});

/** The cluster that the stack makes for itself on AWS. */
export const eksSchema = z.strictObject({
  accountId: z
    .string()
    .regex(/^\d{12}$/, "an account's twelve digits, in quotes")
    .describe("The AWS account; with credentials of another nothing is made."),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, like "eu-central-1"')
    .describe("The AWS region."),
  profile: text
    .min(1)
    .optional()
    .describe("Profile of the AWS configuration; by default the credentials in use."),
  assumeRole: z
    .string()
    .regex(/^arn:aws(-cn|-us-gov)?:iam::\d{12}:role\/[\w+=,.@/-]+$/, "the ARN of an IAM role")
    .optional()
    .describe("Role that the program assumes, for the API server too."),
  tags: tagsSchema.default({}).describe("Tags of everything that is made, besides `security-stack/cluster`."),
  version: z
    .string()
    .refine(
      (version) => Object.hasOwn(EKS_VERSIONS, version),
      `a version of EKS in standard support, in quotes: ${Object.keys(EKS_VERSIONS).join(", ")}`,
    )
    .default(DEFAULT_EKS_VERSION)
    .describe("Kubernetes version. It goes up one minor at a time: control plane, then nodes and add-ons."),
  network: networkSchema.describe("The VPC."),
  serviceCidr: ipv4Network
    .refine((written) => {
      const bits = Number(NETWORK.exec(written)?.[2]);
      return bits >= 12 && bits <= 24;
    }, "a network from /12 to /24")
    .default("172.20.0.0/16")
    .describe("Addresses of Services. It can't be changed later."),
  endpoint: endpointSchema.prefault({}).describe("The API server's endpoint."),
  admins: unique(principal)
    .min(1)
    .describe(
      "IAM roles and users that administer the cluster; what `pulumi up` runs as has to be one of them.",
    ),
  logs: logsSchema.prefault({}).describe("Logs of the control plane."),
  nodeGroups: z
    .array(nodeGroupSchema)
    .min(1)
    .refine(
      (groups) => new Set(groups.map(({ name }) => name)).size === groups.length,
      "groups of different names",
    )
    .default([nodeGroupSchema.parse({ name: "nodes" })])
    .describe("Managed node groups."),
  addons: addonsSchema.prefault({}).describe("Versions of the EKS add-ons."),
  keepVolumes: z
    .boolean()
    .default(false)
    .describe(
      "Volumes of the default StorageClass outlive their claims; they then cost until you delete them.",
    ),
  protect: z
    .boolean()
    .default(false)
    .describe("Nobody deletes the cluster: neither this program nor the AWS API, until it is switched off."),
  budget: z
    .number()
    .positive()
    .optional()
    .describe(
      "Most that the cluster may cost, in USD a month by list prices; a plan above it, or with an unknown price, is refused.",
    ),
});

export type Eks = z.output<typeof eksSchema>;
export type NodeGroupConfig = z.output<typeof nodeGroupSchema>;
