import { join } from "node:path";
import type { Feature } from "../../components/core/contract/feature";
import type { SampleLines } from "../../components/documents/sample-lines";

const FOLDER = "pods";

/** For a PipelineRig: the pods' logs are below the folder of the sensors' logs, not where a kubelet has them. */
export function withPodLogs(registry: readonly Feature[]): Feature[] {
  return registry.map((feature) => {
    const { collector } = feature;
    if (!collector?.readsPodLogs) return feature;
    const receivers = (base: string) => collector.receivers(base, join(base, FOLDER));
    return { ...feature, collector: { ...collector, receivers } };
  });
}

/** Where a rig has the file of a sample: the first argument of its `logFile`. */
export function logFolder(tool: string, { pod }: Pick<SampleLines, "pod">): string {
  return pod === undefined ? tool : `${FOLDER}/${pod}`;
}
