import assert from "node:assert/strict";
import { parseQuantity } from "../../../components/kubernetes/quantity";
import { newTable } from "../../../tools/dev/table";
import type { Deployment } from "./deployment";
import { type NodePod, restartsOf } from "./node-pods";

const MIB = 2 ** 20;

/** Of the kubelet's `stats/summary`. */
interface Summary {
  pods: {
    podRef: { name: string; namespace: string };
    containers: {
      name: string;
      cpu?: { usageCoreNanoSeconds?: number; time: string };
      memory?: { workingSetBytes?: number };
    }[];
  }[];
}

interface Usage {
  peakBytes: number;
  firstCpu: { nanoSeconds: number; at: number };
  lastCpu: { nanoSeconds: number; at: number };
}

/** What the containers of a real node take, as its kubelet says, beside their limits. */
export class NodeUsage {
  private readonly used = new Map<string, Usage>();

  constructor(private readonly deployment: Deployment) {}

  /** Notes what they take now. */
  async sample(): Promise<void> {
    const path = `/api/v1/nodes/${this.deployment.node!.name}/proxy/stats/summary`;
    const { pods } = await this.deployment.api.get<Summary>(path);
    for (const { podRef, containers } of pods)
      for (const { name, cpu, memory } of containers)
        this.note(`${podRef.namespace}/${podRef.name}/${name}`, cpu, memory);
  }

  private note(
    key: string,
    cpu: Summary["pods"][number]["containers"][number]["cpu"],
    memory: { workingSetBytes?: number } | undefined,
  ): void {
    const now = { nanoSeconds: cpu?.usageCoreNanoSeconds ?? 0, at: Date.parse(cpu?.time ?? "") };
    const before = this.used.get(key);
    this.used.set(key, {
      peakBytes: Math.max(before?.peakBytes ?? 0, memory?.workingSetBytes ?? 0),
      firstCpu: before?.firstCpu ?? now,
      lastCpu: now,
    });
  }

  /** A row a container, and a sentence for each that was restarted or went beyond a limit. */
  report(pods: readonly NodePod[]): { table: string; problems: string[] } {
    const table = newTable(["container", "memory MiB, peak of limit", "CPU, mean of limit", "restarts"]);
    const problems: string[] = [];
    for (const { metadata, spec, status } of pods)
      for (const { name, resources } of spec.containers) {
        const key = `${metadata.namespace}/${metadata.name}/${name}`;
        const found = status.containerStatuses?.find((one) => one.name === name);
        const restarts = found ? restartsOf(found) : 0;
        const limits = { memory: limitOf(resources, "memory"), cpu: limitOf(resources, "cpu") };
        const { peakBytes = 0, cpu = 0 } = figuresOf(this.used.get(key));
        if (restarts > 0)
          problems.push(`${key}: ${restarts} restarts, ${found?.lastState.terminated?.reason}`);
        if (peakBytes > limits.memory) problems.push(`${key}: ${peakBytes} bytes`);
        if (cpu > limits.cpu) problems.push(`${key}: ${cpu} cores`);
        table.push([
          key,
          `${(peakBytes / MIB).toFixed(0)} of ${(limits.memory / MIB).toFixed(0)}`,
          `${cpu.toFixed(3)} of ${limits.cpu}`,
          String(restarts),
        ]);
      }
    return { table: table.toString(), problems };
  }
}

/** Every container of the stack has both limits. */
function limitOf(
  { limits }: NodePod["spec"]["containers"][number]["resources"],
  of: "cpu" | "memory",
): number {
  const limit = parseQuantity(limits?.[of] ?? "");
  assert.ok(limit, `no limit of ${of}`);
  return limit;
}

/** The mean over the whole run, in cores. */
function figuresOf(used: Usage | undefined): { peakBytes?: number; cpu?: number } {
  if (!used) return {};
  const { firstCpu, lastCpu, peakBytes } = used;
  const milliseconds = lastCpu.at - firstCpu.at;
  const cpu = milliseconds > 0 ? (lastCpu.nanoSeconds - firstCpu.nanoSeconds) / 1e6 / milliseconds : 0;
  return { peakBytes, cpu };
}
