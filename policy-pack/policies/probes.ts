import { eachContainer } from "../kubernetes/each";
import { at, isMap, shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

const PROBES = ["livenessProbe", "readinessProbe"];
const HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"];

export const probes: ResourcePolicy = {
  name: "probes",
  rule: "Every container that runs until it is stopped has a liveness or a readiness probe.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["DE.CM-09", "PR.IR-04"], iso: ["8.14", "8.16"], cis: [] },
  fix: "add a livenessProbe or a readinessProbe: httpGet, grpc, tcpSocket or exec",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      if (!pods.longRunning || pods.partial || container.role !== "main") return;
      const given = PROBES.filter((probe) => isMap(at(container.value, probe)));
      if (given.some((probe) => HANDLERS.some((way) => isMap(at(container.value, probe, way))))) return;
      if (exceptionFor(this.name, pods.labels, "no probe", container.name)) return;
      const found = given.map((probe) => `${probe} ${shown(at(container.value, probe))}, which asks nothing`);
      report.violation({
        where: container.where,
        found: found.join(", ") || "no probe",
        allowed: `${PROBES.join(" or ")} with ${HANDLERS.join(", ")}`,
      });
    });
  },
};
