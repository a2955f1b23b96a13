/**
 * List prices of AWS, on demand, Linux, without taxes and discounts. A price that is not here is unknown: it is never worked
 * out from that of another region or size. AWS's own price list could not be read when the table was made: each price is what
 * others copied from it or were billed by it, and `date` is the day of the list, the bill or the copy.
 */

export interface Price {
  usd: number;
  per: "hour" | "month" | "GiB-month";
  /** The usage type by which AWS bills it. */
  sku: string;
  /** Day on which the source said so; of a copy without a day that on which it was read. */
  date: string;
  source: string;
}

/** What is counted beside instances. */
export type Sku = "control-plane" | "control-plane-extended" | "nat-gateway" | "public-ipv4" | "gp3";

const PER_HOUR = (usd: number, sku: string, date: string, source: string): Price => ({
  usd,
  per: "hour",
  sku,
  date,
  source,
});

/** Of the key for Secrets, in every region but China's. From the second year on each rotation of it costs as much again, twice at most. */
export const SECRETS_KEY: Price = {
  usd: 1,
  per: "month",
  sku: "KMS-Keys",
  date: "2026-03-14",
  source: "aws.amazon.com/kms/pricing",
};

/** The same in every region (aws.amazon.com/eks/pricing). */
export const CONTROL_PLANE: Readonly<Record<"control-plane" | "control-plane-extended", Price>> = {
  "control-plane": PER_HOUR(0.1, "AmazonEKS-Hours:perCluster", "2026-04-01", "aws.amazon.com/eks/pricing"),
  "control-plane-extended": PER_HOUR(
    0.6,
    "AmazonEKS-Hours:extendedSupport",
    "2026-04-01",
    "aws.amazon.com/eks/pricing",
  ),
};

export interface RegionPrices {
  skus: Readonly<Partial<Record<Exclude<Sku, keyof typeof CONTROL_PLANE>, Price>>>;
  instances: Readonly<Record<string, Price>>;
}

const SHEET = "aws.amazon.com/ec2/pricing/on-demand";

/** AWS's price list of each region, as SkyPilot asks it for: the on-demand column of its table. */
const CATALOG = "AWS price list, by skypilot-catalog v8, aws/vms.csv, 00148f2a";

interface Quoted {
  usd: number;
  date: string;
  source: string;
}

/** @param prefix of the region's usage types, with its "-"; none for us-east-1 */
function region(
  prefix: string,
  { nat, ipv4, gp3 }: { nat?: Quoted; ipv4: Quoted; gp3: Quoted },
  instances: { from: Omit<Quoted, "usd">; usd: Readonly<Record<string, number>> },
): RegionPrices {
  const { date, source } = instances.from;
  return {
    skus: {
      ...(nat ? { "nat-gateway": { ...nat, per: "hour", sku: `${prefix}NatGateway-Hours` } } : {}),
      "public-ipv4": { ...ipv4, per: "hour", sku: `${prefix}PublicIPv4:InUseAddress` },
      gp3: { ...gp3, per: "GiB-month", sku: `${prefix}EBS:VolumeUsage.gp3` },
    },
    instances: Object.fromEntries(
      Object.entries(instances.usd).map(([type, usd]) => [
        type,
        PER_HOUR(usd, `${prefix}BoxUsage:${type}`, date, source),
      ]),
    ),
  };
}

const OREGON = { date: "2026-10-04", source: "AWS price list of us-west-2, by a teaching kit's cost page" };
const FRANKFURT = {
  date: "2026-08-26",
  source: "AWS Pricing API for eu-central-1, by a project's cost page",
};
const SEOUL = { date: "2026-04-03", source: "an AWS bill for ap-northeast-2, read on 2026-08-15" };
const TOKYO = { date: "2026-09-25", source: "AWS price list of ap-northeast-1, by a project's cost page" };
const COPIED = { date: "2026-11-29", source: CATALOG };

/** By region. Most regions are dearer than us-east-1. */
export const REGION_PRICES: Readonly<Record<string, RegionPrices>> = {
  "us-east-1": region(
    "",
    {
      nat: { usd: 0.045, date: "2026-03-13", source: "aws.amazon.com/vpc/pricing; 0.045 a GB on top" },
      ipv4: { usd: 0.005, date: "2026-10-16", source: "aws.amazon.com/vpc/pricing: public IPv4 addresses" },
      gp3: { usd: 0.08, date: "2026-10-16", source: "aws.amazon.com/ebs/pricing" },
    },
    {
      from: { date: "2026-01-31", source: SHEET },
      usd: {
        "t3.large": 0.0832,
        "t3.xlarge": 0.1664,
        "t3.2xlarge": 0.3328,
        "m5.large": 0.096,
        "m5.xlarge": 0.192,
        "m5.2xlarge": 0.384,
        "m6i.xlarge": 0.192,
        "m6i.2xlarge": 0.384,
        "r5.large": 0.126,
        "r5.xlarge": 0.252,
      },
    },
  ),
  "us-west-2": region(
    "USW2-",
    { nat: { usd: 0.045, ...OREGON }, ipv4: { usd: 0.005, ...OREGON }, gp3: { usd: 0.08, ...OREGON } },
    {
      from: COPIED,
      usd: {
        "t3.large": 0.0832,
        "t3.xlarge": 0.1664,
        "t3.2xlarge": 0.3328,
        "m5.large": 0.096,
        "m5.xlarge": 0.192,
      },
    },
  ),
  "eu-west-1": region(
    "EU-",
    {
      nat: {
        usd: 0.048,
        date: "2026-09-25",
        source: "AWS price list 20260925174521 of eu-west-1; 0.048 a GB on top",
      },
      ipv4: { usd: 0.005, date: "2026-10-16", source: "aws.amazon.com/vpc/pricing: public IPv4 addresses" },
      gp3: { usd: 0.088, date: "2026-05-01", source: "AWS Pricing API for eu-west-1, by a project's audit" },
    },
    {
      from: COPIED,
      usd: {
        "t3.large": 0.0912,
        "t3.xlarge": 0.1824,
        "t3.2xlarge": 0.3648,
        "m5.large": 0.107,
        "m5.xlarge": 0.214,
      },
    },
  ),
  // The price of its NAT gateways was in no source with a day.
  "eu-central-1": region(
    "EUC1-",
    { ipv4: { usd: 0.005, ...FRANKFURT }, gp3: { usd: 0.0952, ...FRANKFURT } },
    {
      from: COPIED,
      usd: {
        "t3.large": 0.096,
        "t3.xlarge": 0.192,
        "t3.2xlarge": 0.384,
        "m5.large": 0.115,
        "m5.xlarge": 0.23,
      },
    },
  ),
  "ap-northeast-1": region(
    "APN1-",
    {
      nat: { usd: 0.062, ...TOKYO },
      ipv4: { usd: 0.005, ...TOKYO },
      gp3: { usd: 0.096, date: "2026-09-10", source: "AWS price list 20260910195514 of ap-northeast-1" },
    },
    {
      from: COPIED,
      usd: {
        "t3.large": 0.1088,
        "t3.xlarge": 0.2176,
        "t3.2xlarge": 0.4352,
        "m5.large": 0.124,
        "m5.xlarge": 0.248,
      },
    },
  ),
  "ap-northeast-2": region(
    "APN2-",
    { nat: { usd: 0.059, ...SEOUL }, ipv4: { usd: 0.005, ...SEOUL }, gp3: { usd: 0.0912, ...SEOUL } },
    {
      from: COPIED,
      usd: {
        "t3.large": 0.104,
        "t3.xlarge": 0.208,
        "t3.2xlarge": 0.416,
        "m5.large": 0.118,
        "m5.xlarge": 0.236,
      },
    },
  ),
};

/** AWS's own month of a monthly estimate (calculator.aws). */
export const HOURS_PER_MONTH = 730;
