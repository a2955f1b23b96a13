import type { ConfigIssue } from "../core/config/config-error";
import type { Eks, NodeGroupConfig } from "../core/config/eks-schema";
import { formatPath } from "../core/config/issues";
import type { Plan } from "../core/plan/plan";
import { parseQuantity } from "../kubernetes/quantity";
import { type Allocatable, allocatableOf } from "./node-capacity";

/** Cores and MiB that are requested, or free. */
export interface Room {
  cpu: number;
  memoryMib: number;
}

/** What fits on each node of a group. */
export interface NodeFit {
  group: string;
  instanceType: string;
  nodes: number;
  allocatable: Allocatable;
  /** What the stack's agents request of every node. */
  agents: Room;
  /** What is left for all else; negative where the agents alone do not fit. */
  left: Room;
  /** False where a taint keeps other pods of the stack off. */
  takesPods: boolean;
}

type Sizing = Plan["sizing"];

export function fitNodes({ nodeGroups }: Eks, { perNode }: Sizing): NodeFit[] {
  const agents = roomOf(perNode.requests);
  return nodeGroups.map((group) => {
    const allocatable = allocatableOf(group.instanceType);
    return {
      group: group.name,
      instanceType: group.instanceType,
      nodes: group.desired,
      allocatable,
      agents,
      left: {
        cpu: round(allocatable.cpu - agents.cpu),
        memoryMib: allocatable.memoryMib - agents.memoryMib,
      },
      takesPods: takesPods(group),
    };
  });
}

function takesPods({ taints }: NodeGroupConfig): boolean {
  return taints.every(({ effect }) => effect === "PreferNoSchedule");
}

/** Where the agents of every node, or the stack's other pods, find no room. */
export function fitIssues(fits: readonly NodeFit[], sizing: Sizing): ConfigIssue[] {
  const tooSmall = fits.flatMap((fit, index) => (agentsFit(fit) ? [] : [tooSmallType(fit, index)]));
  return tooSmall.length > 0 ? tooSmall : checkOthers(fits, sizing);
}

function agentsFit({ left }: NodeFit): boolean {
  return left.cpu >= 0 && left.memoryMib >= 0;
}

function tooSmallType({ instanceType, allocatable, agents }: NodeFit, index: number): ConfigIssue {
  return {
    code: "CFG021",
    path: formatPath(["eks", "nodeGroups", index, "instanceType"]),
    found: `${instanceType}, which leaves ${shown(allocatable)} to pods`,
    allowed: `at least the ${shown(agents)} that the agents of every node request`,
    fix: "take a larger type, or lower the requests in `override`",
  };
}

function checkOthers(fits: readonly NodeFit[], { workloads }: Sizing): ConfigIssue[] {
  const open = fits.filter(({ takesPods }) => takesPods);
  const room = sum(open.map(({ left, nodes }) => times(left, nodes)));
  const others = workloads.filter(({ kind }) => kind !== "DaemonSet");
  const wanted = sum(others.map(({ requests, replicas }) => times(roomOf(requests), replicas)));
  const path = formatPath(["eks", "nodeGroups"]);
  if (wanted.cpu > room.cpu || wanted.memoryMib > room.memoryMib)
    return [
      {
        code: "CFG021",
        path,
        found: `nodes without taints that leave ${shown(room)} beside their agents`,
        allowed: `at least the ${shown(wanted)} that the stack's other pods request`,
        fix: "take more nodes or larger ones, or lower the requests in `override`",
      },
    ];
  const homeless = others.filter(({ requests }) => !open.some(({ left }) => holds(left, roomOf(requests))));
  return homeless.map(({ name, requests }) => ({
    code: "CFG021",
    path,
    found: `no node without taints that leaves ${shown(roomOf(requests))} beside its agents`,
    allowed: `one at least, for ${name}`,
    fix: `take a larger instance type, or lower the requests of ${name} in \`override\``,
  }));
}

function holds(room: Room, { cpu, memoryMib }: Room): boolean {
  return room.cpu >= cpu && room.memoryMib >= memoryMib;
}

const MIB = 1024 * 1024;

function roomOf({ cpu, memory }: { cpu: string; memory: string }): Room {
  return { cpu: parseQuantity(cpu) ?? 0, memoryMib: Math.ceil((parseQuantity(memory) ?? 0) / MIB) };
}

function times({ cpu, memoryMib }: Room, count: number): Room {
  return { cpu: cpu * count, memoryMib: memoryMib * count };
}

function sum(rooms: readonly Room[]): Room {
  const total = (key: keyof Room) => rooms.reduce((all, room) => all + room[key], 0);
  return { cpu: round(total("cpu")), memoryMib: total("memoryMib") };
}

export function shown({ cpu, memoryMib }: Room): string {
  return `${round(cpu)} cores and ${memoryMib} MiB`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
