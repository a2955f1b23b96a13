import { eachContainer } from "../kubernetes/each";
import {
  containersOf,
  isPrivileged,
  isWindows,
  isWorkload,
  podsOf,
  securitySetting,
} from "../kubernetes/pods";
import { at, isMap, shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

const ALLOWED = ["RuntimeDefault", "Localhost"];

export const seccompProfile: ResourcePolicy = {
  name: "seccomp-profile",
  rule: "System calls are filtered by a seccomp profile, but in containers of the list of exceptions.",
  severity: "medium",
  level: "remediate",
  frameworks: { nist: ["PR.PS-01"], iso: ["8.9"], cis: ["5.6.2"] },
  fix: "set securityContext.seccompProfile.type: RuntimeDefault on the pod",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      // The kubelet runs a privileged container without a filter, whatever is written.
      if (isPrivileged(container) || isWindows(pods)) return;
      const profile = securitySetting(pods, container, "seccompProfile");
      const type = at(profile, "type");
      if (ALLOWED.includes(String(type)) || (pods.partial && profile === undefined)) return;
      if (exceptionFor(this.name, pods.labels, `seccompProfile ${type}`, container.name)) return;
      report.violation({
        where: container.where,
        found: `seccompProfile.type ${shown(type)}`,
        allowed: ALLOWED.join(" or "),
      });
    });
  },
  /** Where none is set, the runtime's default; a profile that somebody chose stays, and is judged. */
  remediate(object) {
    // Where the template of a custom object lies only its own definition says.
    if (!isWorkload(object)) return false;
    const changed = podsOf(object)
      .filter((pods) => !isWindows(pods) && isMap(pods.spec))
      .filter((pods) => at(pods.spec, "securityContext", "seccompProfile") === undefined)
      .filter((pods) => containersOf(pods).some((container) => lacksProfile(container.value)));
    for (const { spec } of changed) {
      const pod = spec as Record<string, unknown>;
      const before = isMap(pod["securityContext"]) ? pod["securityContext"] : {};
      pod["securityContext"] = { ...before, seccompProfile: { type: "RuntimeDefault" } };
    }
    return changed.length > 0;
  },
};

function lacksProfile(container: unknown): boolean {
  return (
    at(container, "securityContext", "seccompProfile") === undefined &&
    at(container, "securityContext", "privileged") !== true
  );
}
