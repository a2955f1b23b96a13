import { MINIMUM_CLUSTER } from "../core/tables/sizing";
import { parseQuantity } from "../kubernetes/quantity";
import type { Resources } from "../kubernetes/workloads";

/** Paths in the container. */
export const PATHS = {
  config: "/etc/osquery/osquery.conf",
  log: "/var/log/osquery",
  database: "/var/lib/osquery",
  run: "/run/osquery",
  pidfile: "/run/osquery/osqueryd.pid",
} as const;

/** The file that the heartbeat query (`agent`) is written to; its name is fixed in osquery's filesystem logger. */
export const SNAPSHOT_LOG = "osqueryd.snapshots.log";

export interface FlagSettings {
  splayPercent: number;
  logMaxMegabytes: number;
  logMaxFiles: number;
}

/** Command line of osqueryd 5.17 and later (osquery docs, installation/cli-flags). */
export function osqueryFlags(settings: FlagSettings, resources: Resources): string[] {
  return [
    "--config_plugin=filesystem",
    `--config_path=${PATHS.config}`,
    `--pidfile=${PATHS.pidfile}`,
    `--database_path=${PATHS.database}`,
    // The pod's hostname is not the node's; documents are joined by node name.
    "--host_identifier=specified",
    "--specified_identifier=$(NODE_NAME)",
    // Tables by polling only: no audit or BPF subscription beside those of the other sensors.
    "--disable_events=true",
    "--disable_extensions=true",
    `--schedule_splay_percent=${settings.splayPercent}`,
    ...logFlags(settings),
    ...watchdogFlags(resources),
  ];
}

function logFlags({ logMaxMegabytes, logMaxFiles }: FlagSettings): string[] {
  return [
    "--logger_plugin=filesystem",
    `--logger_path=${PATHS.log}`,
    "--logger_mode=0640",
    "--logger_rotate=true",
    `--logger_rotate_size=${logMaxMegabytes * 1024 * 1024}`,
    `--logger_rotate_max_files=${logMaxFiles}`,
    // One line per row and not one array per query, so that a row becomes a document.
    "--logger_snapshot_event_type=true",
    // Status: warnings and errors only.
    "--logger_min_status=1",
    "--logger_min_stderr=1",
  ];
}

// What the watcher and the worker hold before the first query is not counted by the watchdog, but is by the kernel.
const WATCHDOG_MEMORY_SHARE = 0.65;
const CPU_LATENCY_SECONDS = 60;

/**
 * Limits of osquery's own watchdog, from the pod's. Memory: below the pod's limit, so that one greedy query is
 * stopped and named (for a day, see `agent_stopped_queries`) before the kernel kills the pod with all of them.
 * CPU: the pod's quota throttles, which costs time and no data, so the watchdog stops a query only when it has
 * sat at the quota for a minute; its unit is per cent of all cores of the node, of which a node of the minimum
 * cluster has 4. Source: osquery/core/watcher.cpp at 5.23.1 (kWatchdogLimits, getChange, cpuUtilizationTimeLimit).
 */
export function watchdogFlags({ limits }: Resources): string[] {
  const megabytes = Math.floor(((parseQuantity(limits.memory) ?? 0) * WATCHDOG_MEMORY_SHARE) / 1024 ** 2);
  const cores = parseQuantity(limits.cpu) ?? 0;
  const nodeCores = parseQuantity(MINIMUM_CLUSTER.cpu) ?? 1;
  const percent = Math.min(100, Math.max(1, Math.ceil((cores / nodeCores) * 100)));
  return [
    `--watchdog_memory_limit=${Math.max(1, megabytes)}`,
    `--watchdog_utilization_limit=${percent}`,
    `--watchdog_latency_limit=${CPU_LATENCY_SECONDS}`,
  ];
}
