import { collectorConfigsOf } from "../kubernetes/collector-config";
import type { ResourcePolicy } from "../pack/policy";

const DEBUG = ["debug", "logging"];

export const collectorDebugExporter: ResourcePolicy = {
  name: "collector-debug-exporter",
  rule: "No pipeline writes its data into the collector's own log.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-01", "PR.PS-04"], iso: ["8.12", "8.15"], cis: [] },
  fix: "take the exporter out of service.pipelines",
  check(object, report) {
    for (const { key, usedExporters } of collectorConfigsOf(object))
      for (const id of usedExporters)
        if (DEBUG.includes(id.split("/")[0] ?? ""))
          report.violation({
            where: `${key}, service.pipelines`,
            found: `exporter ${id}`,
            allowed: "exporters that deliver",
          });
  },
};
