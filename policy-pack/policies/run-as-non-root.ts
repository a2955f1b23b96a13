import { eachContainer } from "../kubernetes/each";
import type { Pods } from "../kubernetes/pod-templates";
import { type Container, isWindows, securitySetting, windowsSetting } from "../kubernetes/pods";
import { shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

export const runAsNonRoot: ResourcePolicy = {
  name: "run-as-non-root",
  rule: "No container runs as root but those of the list of exceptions.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.AA-05"], iso: ["8.2", "8.9"], cis: ["5.2.7"] },
  fix: "set securityContext.runAsNonRoot: true and a runAsUser above 0, on the pod or the container",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      if (exceptionFor(this.name, pods.labels, "root", container.name)) return;
      const nonRoot = securitySetting(pods, container, "runAsNonRoot");
      const left = pods.partial && nonRoot === undefined;
      const [field, user] = userOf(pods, container);
      const isRoot =
        field === "runAsUser" ? user !== undefined && !(Number(user) > 0) : ADMIN.test(String(user));
      if ((nonRoot === true || left) && !isRoot) return;
      report.violation({
        where: container.where,
        found: `runAsNonRoot: ${shown(nonRoot)}, ${field}: ${shown(user)}`,
        allowed: "runAsNonRoot: true, and a runAsUser above 0 or none (on Windows no administrator)",
      });
    });
  },
};

/** Accounts of Windows images with an administrator's rights (Kubernetes docs, "Configure RunAsUserName"). */
const ADMIN = /(^|\\)(ContainerAdministrator|Administrator|SYSTEM)$/i;

function userOf(pods: Pods, container: Container): [string, unknown] {
  return isWindows(pods)
    ? ["runAsUserName", windowsSetting(pods, container, "runAsUserName")]
    : ["runAsUser", securitySetting(pods, container, "runAsUser")];
}
