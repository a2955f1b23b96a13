import {
  type CollectorConfig,
  isLoopback,
  mountedConfigs,
  volumesHolding,
} from "../kubernetes/collector-config";
import type { Pods } from "../kubernetes/pod-templates";
import { podsOf, volumesOf } from "../kubernetes/pods";
import { at, listAt, textAt } from "../kubernetes/read";
import type { StackPolicy } from "../pack/policy";

interface Config {
  minReplicas: number;
}

export const collectorDurability: StackPolicy<Config> = {
  name: "collector-durability",
  rule: "Collectors between the nodes and the store have replicas, and keep their queue on a volume.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-03", "PR.PS-04"], iso: ["8.14", "8.15"], cis: [] },
  fix: "raise gatewayReplicas; mount a claim (volumeClaimTemplates) where file_storage has its directory",
  config: {
    minReplicas: { type: "integer", minimum: 1, default: 2, description: "Replicas at the least." },
  },
  checkStack({ objects }, report, { minReplicas }) {
    report.each(objects, (object) => {
      for (const pods of podsOf(object)) {
        const configs = mountedConfigs(pods, objects);
        if (pods.placement === "node" || configs.length === 0) continue;
        if (pods.placement < minReplicas && !takesFromOwnPod(configs))
          report.violation(
            { found: `${pods.placement} replicas`, allowed: `at least ${minReplicas}` },
            object,
          );
        for (const folder of configs.flatMap(queueFolders))
          if (!isOnClaim(pods, folder))
            report.violation(
              { found: `queue in ${folder}, which is on no claim`, allowed: "a claim" },
              object,
            );
      }
    });
  },
};

/** Nobody else waits for it, and a second one would read the same again. */
function takesFromOwnPod(configs: readonly CollectorConfig[]): boolean {
  const receivers = configs.flatMap((config) => config.receivers);
  return receivers.every(({ settings }) => {
    const servers = ["grpc", "http"].map((protocol) => at(settings, "protocols", protocol));
    const there = servers.filter((server) => server !== undefined);
    return there.length > 0 && there.every((server) => isLoopback(textAt(server, "endpoint") ?? ""));
  });
}

function queueFolders({ extensions }: CollectorConfig): string[] {
  const storages = extensions.filter(({ type }) => type === "file_storage");
  return storages.map(({ settings }) => textAt(settings, "directory") ?? "");
}

function isOnClaim(pods: Pods, folder: string): boolean {
  const templates = listAt(pods.owner.props, "spec", "volumeClaimTemplates");
  const claims = [
    ...templates.map((template) => textAt(template, "metadata", "name")),
    ...volumesOf(pods)
      .filter((volume) => textAt(volume, "persistentVolumeClaim", "claimName"))
      .map((volume) => textAt(volume, "name")),
  ];
  return volumesHolding(pods, folder).some((volume) => claims.includes(volume));
}
