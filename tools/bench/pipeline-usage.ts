import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Collector } from "../../test/rigs/pipeline/collector-process";
import { awaitDelivery } from "../../test/rigs/pipeline/delivery";
import { LogWriter } from "../../test/rigs/pipeline/log-writer";
import { installTemplates, PipelineRig, removeIndices } from "../../test/rigs/pipeline/rig";
import { falcoLine } from "../../test/rigs/pipeline/sensor-logs";
import type { ElasticsearchServer } from "../dev/elasticsearch/server";

/** What a process took. */
export interface Usage {
  /** Mean over the measured time. */
  cores: number;
  /** Most memory that it ever had (RSS). */
  peakBytes: number;
}

const WARM_UP_MS = 5000;
const MEASURED_MS = 20_000;
/** USER_HZ, which is 100 on every Linux that Node runs on (man 5 proc). */
const TICKS_PER_SECOND = 100;

/** CPU and memory of both collectors at a steady rate of lines, whole way to Elasticsearch. */
export async function usageAt(
  server: ElasticsearchServer,
  linesPerSecond: number,
): Promise<{ node: Usage; gateway: Usage }> {
  await removeIndices(server);
  await installTemplates(server);
  const rig = await PipelineRig.create(server);
  await rig.start();
  const writer = new LogWriter({
    file: rig.logFile("falco", "events.log"),
    line: (sequence) => falcoLine({ sequence, size: 1000 }),
    linesPerSecond,
    rotateEveryMs: 10_000,
  });
  try {
    await sleep(WARM_UP_MS);
    const measured = await Promise.all([usageOf(rig.node), usageOf(rig.gateway)]);
    const written = await writer.stop();
    const { found } = await awaitDelivery(server, written);
    if (found !== written) throw new Error(`${found} documents of ${written} lines`);
    return { node: measured[0], gateway: measured[1] };
  } finally {
    await writer.stop();
    await rig.destroy();
  }
}

async function usageOf(collector: Collector): Promise<Usage> {
  const pid = collector.processId!;
  const [before, began] = [cpuSeconds(pid), performance.now()];
  await sleep(MEASURED_MS);
  const cores = (cpuSeconds(pid) - before) / ((performance.now() - began) / 1000);
  return { cores, peakBytes: peakBytes(pid) };
}

/** CPU time of a process since its start. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may have blanks: state is the first, utime and stime the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function peakBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}
