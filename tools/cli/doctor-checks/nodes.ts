import { existsSync } from "node:fs";
import { MINIMUM_CLUSTER, NODE_BUDGET } from "../../../components/core/tables/sizing";
import { formatBytes, formatCpu, parseQuantity } from "../../../components/kubernetes/quantity";
import { FEATURES } from "../../../components/registry";
import { type Check, fail, ok, warn } from "./finding";
import { kernelOf, type Node, nodesBelow, type Pod, withKernels } from "./node";
import { checkArchitecture } from "./sensors";

/** Where the kernel publishes its type information, which the eBPF sensors load themselves by. */
const btfFile = "/sys/kernel/btf/vmlinux";

/** What the nodes have to be for the sensors: number, kernel, BTF, room. `pods` is undefined where they may not be listed. */
export function checkNodes(all: readonly Node[], pods: readonly Pod[] | undefined): Check[] {
  const nodes = all.filter(
    ({ status, spec }) => status?.nodeInfo?.operatingSystem === "linux" && !spec?.unschedulable,
  );
  if (nodes.length === 0) {
    return [fail("nodes", `None of ${all.length} nodes runs Linux and takes pods.`, "Add Linux nodes.")];
  }
  return [
    checkNumber(nodes),
    ...checkKernels(nodes),
    checkBtf(nodes),
    checkArchitecture(nodes, FEATURES),
    checkZones(nodes),
    ...checkRoom(nodes, pods),
  ];
}

function checkNumber(nodes: readonly Node[]): Check {
  if (nodes.length >= MINIMUM_CLUSTER.nodes) return ok("nodes", `${nodes.length} take pods.`);
  return warn(
    "nodes",
    `${nodes.length} takes pods; the stack is sized for ${MINIMUM_CLUSTER.nodes}.`,
    "Add a node, or lower requests with security-stack:override.",
  );
}

function checkKernels(nodes: readonly Node[]): Check[] {
  const old = nodesBelow(nodes, 5, 8);
  const aging = nodesBelow(nodes, 5, 15);
  if (old.length > 0)
    return [
      fail(
        "kernel",
        `Too old for the eBPF sensors (5.8 is needed): ${withKernels(old)}.`,
        "Replace these nodes by ones with Linux 5.15 or later.",
      ),
    ];
  if (aging.length > 0)
    return [
      warn(
        "kernel",
        `Older than 5.15: ${withKernels(aging)}; some of Tetragon's hooks are missing there.`,
        "Better replace these nodes by ones with Linux 5.15 or later.",
      ),
    ];
  return [ok("kernel", [...new Set(nodes.map(kernelOf))].join(", "))];
}

/** The API does not tell; but the nodes of a kind cluster run on this machine's own kernel. */
function checkBtf(nodes: readonly Node[]): Check {
  const simulated = nodes.every(({ metadata }) => metadata.labels?.["security-stack/simulated"]);
  if (simulated) return ok("BTF", "Not needed: nothing runs on the simulated nodes.");
  const name = nodes[0]?.metadata.name;
  if (nodes.every(({ spec }) => spec?.providerID?.startsWith("kind://"))) {
    if (existsSync(btfFile)) return ok("BTF", `${btfFile} is there, and kind's nodes share this kernel.`);
    return fail(
      "BTF",
      `${btfFile} is missing here, and kind's nodes share this kernel.`,
      "Use a kernel built with CONFIG_DEBUG_INFO_BTF=y.",
    );
  }
  return warn(
    "BTF",
    `The API does not tell whether the nodes have ${btfFile}, without which Falco and Tetragon do not start.`,
    `Look: kubectl debug node/${name} -it --profile=general --image=busybox -- ls /host${btfFile}`,
  );
}

const ZONE = "topology.kubernetes.io/zone";

/** What is spread over zones stays pending on nodes that are in none. */
function checkZones(nodes: readonly Node[]): Check {
  const zones = new Set(nodes.flatMap(({ metadata }) => metadata.labels?.[ZONE] ?? []));
  const without = nodes.filter(({ metadata }) => !metadata.labels?.[ZONE]);
  if (without.length === 0) return ok("zones", [...zones].sort().join(", "));
  const which =
    without.length === nodes.length ? "No node" : without.map(({ metadata }) => metadata.name).join(", ");
  return warn(
    "zones",
    `${which} has ${without.length === nodes.length ? "a" : "no"} label ${ZONE}: Elasticsearch of the preset "production" stays pending there.`,
    "Label the nodes, or set security-stack:output.elasticsearch.managed.zoneAwareness to false.",
  );
}

/** Each node has to have the budget of what runs on every node left over. */
function checkRoom(nodes: readonly Node[], pods: readonly Pod[] | undefined): Check[] {
  const needed = NODE_BUDGET.requests;
  const tight = nodes.flatMap((node) => {
    const left = (resource: "cpu" | "memory") =>
      amount(node.status?.allocatable?.[resource]) - requested(node, pods ?? [], resource);
    const cpu = left("cpu");
    const memory = left("memory");
    const fits = cpu >= amount(needed.cpu) && memory >= amount(needed.memory);
    return fits
      ? []
      : [
          `${node.metadata.name} (${formatCpu(Math.max(0, cpu))} CPU, ${formatBytes(Math.max(0, Math.floor(memory / 2 ** 20) * 2 ** 20))} left)`,
        ];
  });
  const budget = `${needed.cpu} CPU and ${needed.memory} of memory on each node`;
  if (tight.length > 0)
    return [
      fail(
        "room",
        `The sensors ask for ${budget}; too little is left on ${tight.join(", ")}.`,
        "Use larger nodes, move other pods away, or turn a feature off.",
      ),
    ];
  if (!pods)
    return [
      warn(
        "room",
        `The nodes are large enough for ${budget}, but what other pods take could not be seen.`,
        "Ask for the right to list pods.",
      ),
    ];
  return [ok("room", `The sensors' ${budget} are there.`)];
}

/** What the pods of others ask for; those of the stack itself are what the room is for. */
function requested(node: Node, pods: readonly Pod[], resource: "cpu" | "memory"): number {
  return pods
    .filter(
      ({ spec, metadata }) =>
        spec?.nodeName === node.metadata.name &&
        metadata?.labels?.["app.kubernetes.io/part-of"] !== "security-stack",
    )
    .flatMap(({ spec }) => spec?.containers ?? [])
    .reduce((sum, { resources }) => sum + amount(resources?.requests?.[resource]), 0);
}

function amount(quantity: string | undefined): number {
  return parseQuantity(quantity ?? "0") ?? 0;
}
