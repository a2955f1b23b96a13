import { z } from "zod";
import { hostPath } from "../core/config/value-schemas";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import { INVENTORY } from "./inventory-dashboard";
import { osqueryCollector } from "./osquery-collector";
import { NAME, osqueryManifests } from "./osquery-daemonset";
import { PACKS, type PackName, schedule } from "./packs";

const packNames = Object.keys(PACKS) as [PackName, ...PackName[]];

const schema = z.strictObject({
  intervalSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(300)
    .describe(
      "Seconds between runs of the queries on what changes fast, like ports; the others say their own.",
    ),
  packs: z
    .array(z.enum(packNames))
    .min(1)
    .default(["scope-minimal"])
    .describe("Query packs to run, files in components/osquery/packs."),
  splayPercent: z
    .int()
    .min(2)
    .max(50)
    .default(10)
    .describe("Spread of every interval in per cent, so that the nodes don't all run a query at once."),
  logMaxMegabytes: z
    .int()
    .min(1)
    .max(1024)
    .default(50)
    .describe("Size in MiB at which a log file is rotated."),
  logMaxFiles: z.int().min(2).max(50).default(3).describe("Rotated files kept of each log."),
  databaseFolder: hostPath
    .default("/var/lib/security-stack/osquery")
    .describe(
      "Folder on the node for osquery's database: without it every restart would report all rows as new.",
    ),
});

type Config = z.output<typeof schema>;

/**
 * osquery: inventory of the nodes by SQL, as rows in log files that the node collector reads. Polling only; what
 * happens in between is for the other sensors.
 */
export const osquery = defineFeature({
  name: "osquery",
  title: "osquery",
  frameworks: ["NIST CSF 2.0 ID.AM-02", "NIST CSF 2.0 DE.CM-03", "ISO/IEC 27001:2022 5.9", "SOC 2 CC6.1"],
  tests: ["test/unit/osquery-packs.test.ts", "test/pipeline/inventory.test.ts"],
  priority: 100,
  schema,
  workloads: ["osquery"],
  collector: osqueryCollector,
  hostPrograms: ["/opt/osquery/bin/osqueryd", "/usr/bin/osqueryd"],
  dashboards: [INVENTORY],
  doctor: {
    architectures: {
      // The pinned image is made for one architecture only.
      names: ["amd64"],
      fix: "Build one with components/osquery/Containerfile and set security-stack:override.osquery.image, or switch osquery off.",
    },
  },
  plan(config, context) {
    const namespace = context.namespaces.privileged;
    const { nodeLogBasePath } = context.shared;
    return {
      manifests: osqueryManifests({
        namespace,
        workload: context.workload("osquery", "DaemonSet", IMAGES.osquery),
        flags: config,
        config: osqueryConfig(config),
        logFolder: `${nodeLogBasePath}/osquery`,
        databaseFolder: config.databaseFolder,
      }),
      // The tables with `pid_with_namespace` are read in the mount namespace of the host.
      detections: Object.keys(schedule(config.packs, config.intervalSeconds)),
      conditions: [{ type: "OSQueryReady", workloads: [{ kind: "DaemonSet", namespace, name: NAME }] }],
    };
  },
});

function osqueryConfig({ packs, intervalSeconds }: Config): string {
  return `${JSON.stringify({ schedule: schedule(packs, intervalSeconds) }, null, 2)}\n`;
}
