/**
 * List prices of AWS, on demand, Linux, without taxes and discounts. A price that is not here is unknown: it is never worked
 * out from that of another region or size. AWS's own pages and price list could not be read when the table was made: each
 * price is what at least two others say that those have, and `date` is the day of the later one.
 */

export interface Price {
  usd: number;
  per: "hour" | "GiB-month";
  /** Day on which the source said so. */
  date: string;
  source: string;
}

/** What is counted beside instances. */
export type Sku = "control-plane" | "control-plane-extended" | "nat-gateway" | "public-ipv4" | "gp3";

const SHEET = "aws.amazon.com/ec2/pricing/on-demand";
const PER_HOUR = (usd: number, date: string, source: string): Price => ({ usd, per: "hour", date, source });

/** The same in every region (aws.amazon.com/eks/pricing). */
export const CONTROL_PLANE: Readonly<Record<"control-plane" | "control-plane-extended", Price>> = {
  "control-plane": PER_HOUR(0.1, "2026-04-01", "aws.amazon.com/eks/pricing"),
  "control-plane-extended": PER_HOUR(0.6, "2026-04-01", "aws.amazon.com/eks/pricing"),
};

export interface RegionPrices {
  skus: Readonly<Record<Exclude<Sku, keyof typeof CONTROL_PLANE>, Price>>;
  instances: Readonly<Record<string, Price>>;
}

/** By region. Most regions are dearer than us-east-1. */
export const REGION_PRICES: Readonly<Record<string, RegionPrices>> = {
  "us-east-1": {
    skus: {
      "nat-gateway": PER_HOUR(0.045, "2026-03-13", "aws.amazon.com/vpc/pricing; 0.045 a GB on top"),
      "public-ipv4": PER_HOUR(0.005, "2026-10-16", "aws.amazon.com/vpc/pricing: public IPv4 addresses"),
      gp3: { usd: 0.08, per: "GiB-month", date: "2026-10-16", source: "aws.amazon.com/ebs/pricing" },
    },
    instances: {
      "t3.large": PER_HOUR(0.0832, "2026-01-31", SHEET),
      "t3.xlarge": PER_HOUR(0.1664, "2026-01-31", SHEET),
      "t3.2xlarge": PER_HOUR(0.3328, "2026-01-31", SHEET),
      "m5.large": PER_HOUR(0.096, "2026-01-31", SHEET),
      "m5.xlarge": PER_HOUR(0.192, "2026-01-31", SHEET),
      "m5.2xlarge": PER_HOUR(0.384, "2026-01-31", SHEET),
      "m6i.xlarge": PER_HOUR(0.192, "2026-01-31", SHEET),
      "m6i.2xlarge": PER_HOUR(0.384, "2026-01-31", SHEET),
      "r5.large": PER_HOUR(0.126, "2026-01-31", SHEET),
      "r5.xlarge": PER_HOUR(0.252, "2026-01-31", SHEET),
    },
  },
};

/** AWS's own month of a monthly estimate (calculator.aws). */
export const HOURS_PER_MONTH = 730;
