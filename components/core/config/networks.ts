import { BlockList, isIP } from "node:net";
import { z } from "zod";

/** An address without a port. */
export const ipAddress = z.string().refine((text) => isIP(text) !== 0, "an IPv4 or IPv6 address");

/** A network, like "10.0.0.0/8" or "fd00::/8". */
export const cidr = z.string().refine(isCidr, 'a network in CIDR notation, like "10.0.0.0/8"');

/** The networks of pods, services and nodes unless configured otherwise: RFC 1918, RFC 6598, RFC 4193. */
export const PRIVATE_NETWORKS = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
];

/** First and last address of an IPv4 network, as numbers. */
function rangeOf(network: string): { first: number; last: number } {
  const [address = "", bits = ""] = network.split("/");
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

/** Whether two IPv4 networks have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

/** Whether a network, of either family, is another or a part of it. */
export function isWithin(inner: string, outer: string): boolean {
  const [address = "", bits] = inner.split("/");
  const [network = "", outerBits] = outer.split("/");
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (isIP(address) !== isIP(network) || Number(bits) < Number(outerBits)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(outerBits), family);
  return list.check(address, family);
}

function isCidr(text: string): boolean {
  const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text);
  const family = isIP(match?.[1] ?? "");
  return family !== 0 && Number(match?.[2]) <= (family === 4 ? 32 : 128);
}
