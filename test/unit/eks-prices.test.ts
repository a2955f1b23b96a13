import assert from "node:assert/strict";
import {
  CONTROL_PLANE,
  HOURS_PER_MONTH,
  type Price,
  REGION_PRICES,
  type RegionPrices,
  SECRETS_KEY,
} from "../../components/core/tables/eks-prices";

const of = (region: string): RegionPrices => {
  const prices = REGION_PRICES[region];
  assert.ok(prices, region);
  return prices;
};
const node = (region: string, type: string) => of(region).instances[type];
const part = (region: string, name: keyof RegionPrices["skus"]) => of(region).skus[name];

/** A row of somebody's bill or estimate: what it is, how much of it, what it cost them, by which price of ours. */
type Row = [what: string, quantity: number, usd: number, price: Price | undefined];

/** Published, and worked out again by the table. What is in them and not in a plan has no row. */
const EXAMPLES: Record<string, Row[]> = {
  // A project's evidence of its bill for 1 to 3 April 2026, Cost Explorer read on 15 August. Without the extended support that
  // it paid for an old version, and its nodes, t3.medium, which are too small for the stack.
  "a bill of three days in Seoul": [
    ["APN2-AmazonEKS-Hours:perCluster", 43.127, 4.3127, CONTROL_PLANE["control-plane"]],
    ["APN2-NatGateway-Hours", 44, 2.596, part("ap-northeast-2", "nat-gateway")],
    ["APN2-PublicIPv4:InUseAddress", 43.148, 0.2157, part("ap-northeast-2", "public-ipv4")],
    ["APN2-EBS:VolumeUsage.gp3", 2.282, 0.2081, part("ap-northeast-2", "gp3")],
  ],
  // A teaching kit's cost page of 4 October 2026: two workers. Without their t3.medium.
  "a month of a lab in Oregon": [
    ["EKS standard-support control plane", HOURS_PER_MONTH, 73, CONTROL_PLANE["control-plane"]],
    ["public IPv4 of one worker", HOURS_PER_MONTH, 3.65, part("us-west-2", "public-ipv4")],
    ["gp3, 20 GiB for each of two", 40, 3.2, part("us-west-2", "gp3")],
    ["NAT gateway, where there is one", HOURS_PER_MONTH, 32.85, part("us-west-2", "nat-gateway")],
  ],
  // larkintuckerllc/starter-kit, cost-details: two zones with a NAT gateway each. Its volumes are gp2.
  "a month of a starter kit in North Virginia": [
    ["EKS Control Plane", HOURS_PER_MONTH, 73, CONTROL_PLANE["control-plane"]],
    ["NAT Gateway, two", 2 * HOURS_PER_MONTH, 65.7, part("us-east-1", "nat-gateway")],
  ],
  // The pull request comment of a cost tool in its README: 217.06 with a t3.micro and a task of Fargate.
  "what two servers add to a month in Ireland": [
    ["EU-BoxUsage:t3.xlarge", HOURS_PER_MONTH, 133.15, node("eu-west-1", "t3.xlarge")],
    ["EU-BoxUsage:t3.large", HOURS_PER_MONTH, 66.58, node("eu-west-1", "t3.large")],
  ],
  // An exercise of a course: 10 x m5.xlarge at 0.192 for 730 hours.
  "ten servers of a course in North Virginia": [
    ["10x m5.xlarge", 10 * HOURS_PER_MONTH, 1401.6, node("us-east-1", "m5.xlarge")],
  ],
};

describe("the price table of AWS", () => {
  for (const [what, rows] of Object.entries(EXAMPLES))
    for (const [row, quantity, usd, price] of rows)
      it(`agrees with ${what}: ${row}`, () => {
        assert.ok(price);
        const digits = usd < 10 ? 4 : 2;
        assert.ok(
          Math.abs(quantity * price.usd - usd) <= 0.51 * 10 ** -digits,
          `${quantity} x ${price.usd} is not ${usd}`,
        );
      });

  it("has its usage type, a source and a day for every price", () => {
    const regions = Object.entries(REGION_PRICES);
    const PREFIXES: Record<string, string> = {
      "us-east-1": "",
      "us-west-2": "USW2-",
      "eu-west-1": "EU-",
      "eu-central-1": "EUC1-",
      "ap-northeast-1": "APN1-",
      "ap-northeast-2": "APN2-",
    };
    assert.deepEqual(Object.keys(PREFIXES).sort(), regions.map(([region]) => region).sort());
    const ofRegions = regions.flatMap(([region, { skus, instances }]) =>
      [...Object.values(skus), ...Object.values(instances)].map((price) => ({ region, price })),
    );
    for (const { region, price } of ofRegions) {
      assert.ok(price);
      assert.match(price.sku, new RegExp(`^${PREFIXES[region]}(NatGateway|PublicIPv4|EBS|BoxUsage)`));
    }
    const prices = [...ofRegions.map(({ price }) => price), ...Object.values(CONTROL_PLANE), SECRETS_KEY];
    for (const { usd, date, source } of prices) {
      assert.ok(usd > 0);
      assert.match(date, /^2026-\d\d-\d\d$/);
      assert.ok(source.length > 10, source);
    }
  });

  it("is the same for a type twice as large at twice the price", () => {
    for (const [region, { instances }] of Object.entries(REGION_PRICES))
      for (const family of ["t3", "m5"]) {
        const [large, xlarge] = [instances[`${family}.large`], instances[`${family}.xlarge`]];
        assert.ok(large && xlarge, region);
        assert.ok(Math.abs(xlarge.usd - 2 * large.usd) < 1e-9, `${region} ${family}`);
      }
  });
});
