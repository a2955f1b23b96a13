import type { Eks } from "../core/config/eks-schema";
import { EKS_VERSIONS, partitionOf } from "../core/tables/eks";
import {
  CONTROL_PLANE,
  HOURS_PER_MONTH,
  type Price,
  REGION_PRICES,
  SECRETS_KEY,
  type Sku,
} from "../core/tables/eks-prices";
import { natZones } from "./network-plan";

/** A part of the bill. */
export interface CostRow {
  what: string;
  /** Units of it: nodes, GiB, addresses. */
  count: number;
  /** List price of one; undefined where the table has none. */
  price: Price | undefined;
  /** USD a month; undefined where the price is unknown. */
  monthly: number | undefined;
  note?: string;
}

export interface Cost {
  rows: CostRow[];
  /** USD a month of all rows with a price. */
  monthly: number;
  /** The rows without one: the sum is too low by them. */
  unknown: string[];
}

/** What a cluster costs as it is planned, by list prices. What depends on use (traffic, logs, volumes of claims) is not in it. */
export function costOf(eks: Eks): Cost {
  const { nodeGroups, region } = eks;
  const nats = natZones(eks).length;
  const prices = REGION_PRICES[region];
  const sku = (name: Exclude<Sku, keyof typeof CONTROL_PLANE>) => prices?.skus[name];
  const rows = [
    {
      ...row("EKS control plane", 1, CONTROL_PLANE["control-plane"]),
      note: `standard support of ${eks.version} until ${EKS_VERSIONS[eks.version]?.standardSupportUntil}`,
    },
    row("key of Secrets", 1, partitionOf(region) === "aws" ? SECRETS_KEY : undefined),
    ...nodeGroups.map(({ name, instanceType, desired, spot }) =>
      spot
        ? {
            ...row(`spot nodes ${name}, ${instanceType}`, desired, undefined),
            note: "the price of spot changes by the hour",
          }
        : row(`nodes ${name}, ${instanceType}`, desired, prices?.instances[instanceType]),
    ),
    ...nodeGroups.map(({ name, desired, diskGib, os }) =>
      row(`disks of ${name}, gp3, GiB`, desired * (diskGib + (os === "bottlerocket" ? 4 : 0)), sku("gp3")),
    ),
    ...(nats > 0
      ? [
          row(`NAT gateways in ${region}`, nats, sku("nat-gateway")),
          row("their public IPv4 addresses", nats, sku("public-ipv4")),
        ]
      : []),
  ];
  return {
    rows,
    monthly: rows.reduce((sum, { monthly }) => sum + (monthly ?? 0), 0),
    unknown: rows.filter(({ monthly }) => monthly === undefined).map(({ what }) => what),
  };
}

function row(what: string, count: number, price: Price | undefined): CostRow {
  if (!price) return { what, count, price, monthly: undefined };
  const months = price.per === "hour" ? HOURS_PER_MONTH : 1;
  return { what, count, price, monthly: Math.round(count * price.usd * months * 100) / 100 };
}
