import { eachPods } from "../kubernetes/each";
import { type Container, containersOf } from "../kubernetes/pods";
import { at, listAt, type Path, shown, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

const NAMESPACES = ["hostNetwork", "hostPID", "hostIPC"];

export const hostNamespaces: ResourcePolicy = {
  name: "host-namespaces",
  rule: "No pod shares a namespace or a port of its node, or names a host for the kubelet to connect to, but those of the list of exceptions.",
  severity: "critical",
  level: "mandatory",
  frameworks: {
    nist: ["PR.PS-01", "PR.IR-01"],
    iso: ["8.9", "8.22"],
    cis: ["5.2.3", "5.2.4", "5.2.5", "5.2.12"],
  },
  fix: "remove the field; reach pods through a Service",
  check(object, report) {
    eachPods(object, report, (pods) => {
      for (const field of NAMESPACES) {
        const value = at(pods.spec, field);
        if (value === undefined || value === null || value === false) continue;
        if (exceptionFor(this.name, pods.labels, field)) continue;
        report.violation({
          where: pods.where,
          found: `${field}: ${shown(value)}`,
          allowed: `${field}: false`,
        });
      }
      for (const container of containersOf(pods)) {
        for (const { hook, host } of hostsOf(container)) {
          if (exceptionFor(this.name, pods.labels, `host ${host}`, container.name)) continue;
          report.violation({
            where: container.where,
            found: `${hook} to host ${host}`,
            allowed: "no host: the kubelet would connect to it from the node's network",
          });
        }
        for (const port of listAt(container.value, "ports")) {
          const hostPort = at(port, "hostPort");
          // In the host's network every port is one of the host, which hostNetwork has answered for.
          if (!hostPort || at(pods.spec, "hostNetwork") === true) continue;
          report.violation({
            where: container.where,
            found: `hostPort ${shown(hostPort)}`,
            allowed: "no hostPort",
          });
        }
      }
    });
  },
};

const HOOKS: readonly Path[] = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
];

/** Hosts that probes and lifecycle hooks name (Pod Security Standards, "baseline", since 1.34). */
function hostsOf(container: Container): { hook: string; host: string }[] {
  return HOOKS.flatMap((hook) =>
    ["httpGet", "tcpSocket"].flatMap((action) => {
      const host = textAt(container.value, ...hook, action, "host");
      return host ? [{ hook: `${hook.join(".")}.${action}`, host }] : [];
    }),
  );
}
