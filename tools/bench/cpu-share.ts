import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = "/sys/fs/cgroup";
const PERIOD_US = 100_000;

/** Holds a process to a part of a CPU, as Kubernetes does by a container's limit: a control group of the kernel, which needs root. */
export class CpuShare {
  private constructor(private readonly folder: string) {}

  /** @throws Error where control groups can't be made */
  static create(name: string, cores: number): CpuShare {
    const first = existsSync(join(ROOT, "cpu"));
    const folder = join(ROOT, first ? "cpu" : "", `security-stack-${process.pid}-${name}`);
    mkdirSync(folder);
    const quota = Math.round(cores * PERIOD_US);
    if (first) writeFileSync(join(folder, "cpu.cfs_quota_us"), String(quota));
    else writeFileSync(join(folder, "cpu.max"), `${quota} ${PERIOD_US}`);
    return new CpuShare(folder);
  }

  hold(processId: number): void {
    writeFileSync(join(this.folder, "cgroup.procs"), String(processId));
  }

  /** After its processes are gone. */
  async remove(): Promise<void> {
    for (let i = 0; i < 50; i += 1) {
      try {
        return rmdirSync(this.folder);
      } catch {
        // The kernel is not through with the processes yet.
        await sleep(100);
      }
    }
  }
}
