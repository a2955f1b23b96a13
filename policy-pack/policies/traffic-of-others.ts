import { annotationsOf } from "../kubernetes/object";
import { textsAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

/**
 * Annotations that put text into the configuration of an Ingress' proxy, which holds the tokens and certificates of the
 * whole cluster (CVE-2021-25742): of ingress-nginx, NGINX Ingress Controller, HAProxy's and haproxy-ingress.
 */
const SNIPPETS =
  /(^|[/-])snippets?$|^haproxy(\.org|-ingress\.github\.io)\/(config-|(backend|frontend|global|proxy|tcp-service)-config|auth-snippet)/;

export const trafficOfOthers: ResourcePolicy = {
  name: "traffic-of-others",
  rule: "No Service takes the traffic of an address that it names itself, and no Ingress configures the proxy of all.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-01", "PR.PS-01"], iso: ["8.9", "8.20", "8.22"], cis: [] },
  fix: "use a Service of type LoadBalancer, whose address its controller gives, and the annotations for single settings",
  check(object, report) {
    if (object.kind === "Service" && object.group === "") {
      const addresses = textsAt(object.props, "spec", "externalIPs");
      if (addresses.length > 0)
        report.violation({
          found: `externalIPs ${addresses.join(", ")}`,
          allowed:
            "none: every node sends what goes to these addresses to this Service, whoever they are (CVE-2020-8554)",
        });
    }
    const hasProxy = ["networking.k8s.io", "extensions"].includes(object.group) && object.kind === "Ingress";
    if (!hasProxy && object.kind !== "Service") return;
    report.each(Object.keys(annotationsOf(object)), (name) => {
      if (!SNIPPETS.test(name)) return;
      report.violation({
        found: `annotation ${name}`,
        allowed: "settings by name, no configuration as text",
      });
    });
  },
};
