import { eachPods } from "../kubernetes/each";
import { containersOf, isWorkload } from "../kubernetes/pods";
import { at, isMap, shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

const NUMBERS = [
  "replicas",
  "minReadySeconds",
  "revisionHistoryLimit",
  "backoffLimit",
  "parallelism",
  "completions",
];

export const workloadShape: ResourcePolicy = {
  name: "workload-shape",
  rule: "A workload has containers with names and images, and fields of the types that they have.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01"], iso: ["8.9", "8.32"], cis: [] },
  fix: "write the object as `kubectl explain` describes its kind",
  check(object, report) {
    // What a custom object must look like its own definition says.
    if (!isWorkload(object)) return;
    eachPods(object, report, (pods) => {
      const lists = ["containers", "initContainers", "volumes"].map(
        (field) => [field, at(pods.spec, field)] as const,
      );
      for (const [field, list] of lists)
        if (list !== undefined && list !== null && !Array.isArray(list))
          report.violation({ where: field, found: shown(list), allowed: "a list" });
      const containers = containersOf(pods);
      if (!containers.some(({ role }) => role === "main"))
        report.violation({ found: "no containers", allowed: "at least one container" });
      if (containers.some(({ role }) => role === "ephemeral"))
        report.violation({
          found: "ephemeralContainers",
          allowed: "none: Kubernetes takes them on running pods only",
        });
      report.each(containers, ({ where, value }) => {
        for (const field of ["name", "image"])
          if (typeof at(value, field) !== "string" || at(value, field) === "")
            report.violation({ where, found: `${field} ${shown(at(value, field))}`, allowed: "a text" });
        const context = at(value, "securityContext");
        if (context !== undefined && !isMap(context))
          report.violation({ where, found: `securityContext ${shown(context)}`, allowed: "a map" });
      });
      for (const field of NUMBERS) {
        const value = at(object.props, "spec", field);
        if (value !== undefined && value !== null && !Number.isInteger(value))
          report.violation({ where: field, found: shown(value), allowed: "a whole number" });
      }
    });
  },
};
