import { networkInterfaces } from "node:os";
import { Fault } from "../cluster/fault";
import { serviceRange } from "../cluster/layout";
import { run } from "./run-command";

/** The two ends of the link between the host and its node. */
export interface Link {
  name: string;
  host: string;
  node: string;
}

/** Networks of four addresses, of which the link takes the first that none of the host's links is in. */
const NETWORKS = 64;

/** @throws Fault where all are taken */
export function chooseLink(name: string, taken: readonly string[] = hostAddresses()): Link {
  for (let network = 0; network < NETWORKS; network += 1) {
    const base = `10.245.${network}.`;
    if (taken.some((address) => address.startsWith(base))) continue;
    return { name, host: `${base}1`, node: `${base}2` };
  }
  throw new Fault("No network is free for the link to the real node: 10.245.0.0 to 10.245.63.0 are in use.", {
    where: "ip address",
    fix: "End what uses them; `npm run stop` ends the nodes of a checkout.",
  });
}

function hostAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}

/**
 * Links the host to the network namespace of a process. Nothing is routed beyond: the node reaches the API server through
 * a relay and has no way to any other network, and the host's packet filter and forwarding are left as they are.
 */
export async function makeLink({ name, host, node }: Link, pid: number): Promise<void> {
  const inside = (...args: string[]) => run("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", ...args]);
  await run("ip", [
    "link",
    "add",
    "name",
    name,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    String(pid),
  ]);
  await run("ip", ["address", "add", `${host}/30`, "dev", name]);
  await run("ip", ["link", "set", name, "up"]);
  await inside("address", "add", `${node}/30`, "dev", "eth0");
  await inside("link", "set", "eth0", "up");
  // A packet to a Service needs a route before kube-proxy's rules send it elsewhere.
  await inside("route", "add", serviceRange, "dev", "eth0");
  await inside("route", "add", "unreachable", "default");
}

/** A node in the network of real nodes. */
export interface NodeNetwork {
  name: string;
  /** Of its first process, in whose network namespace all its programs are. */
  pid: number;
  address: string;
  podRange: string;
}

/**
 * Links two nodes and routes each one's pods to the other, as the network of a cluster does. The host has no end of that link
 * and no route; it goes with whichever node ends first.
 */
export async function connectNodes(one: NodeNetwork, other: NodeNetwork): Promise<void> {
  const ip = ({ pid }: NodeNetwork, ...args: string[]) =>
    run("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", ...args]);
  const both: [NodeNetwork, NodeNetwork][] = [
    [one, other],
    [other, one],
  ];
  const linkTo = ({ name }: NodeNetwork) => `to-${name}`;
  // Where the kernel has not yet taken apart the network of a node that has just ended.
  await ip(other, "link", "delete", linkTo(one)).catch(() => undefined);
  const peer = ["type", "veth", "peer", "name", linkTo(one), "netns", String(other.pid)];
  await ip(one, "link", "add", "name", linkTo(other), ...peer);
  for (const [from, to] of both) {
    await ip(from, "address", "add", from.address, "peer", to.address, "dev", linkTo(to));
    await ip(from, "link", "set", linkTo(to), "up");
  }
  for (const [from, to] of both)
    await ip(from, "route", "add", to.podRange, "via", to.address, "dev", linkTo(to), "src", from.address);
}

/** Removes the host's end where it is left; with the node's network namespace both ends go by themselves. */
export async function removeLink(name: string): Promise<void> {
  await run("ip", ["link", "delete", name]).catch(() => undefined);
}
