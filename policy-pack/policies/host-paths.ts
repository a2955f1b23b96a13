import { eachPods } from "../kubernetes/each";
import type { Pods } from "../kubernetes/pod-templates";
import { containersOf, mountsOf, volumesOf } from "../kubernetes/pods";
import { at, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { type Exception, exceptionFor } from "../pack/privilege-exceptions";

interface Config {
  logFolder: string;
}

export const hostPaths: ResourcePolicy<Config> = {
  name: "host-paths",
  rule: "Pods mount listed paths of their node only, read-only unless the list says otherwise; volumes are no way around it.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.DS-01"], iso: ["8.3", "8.9"], cis: ["5.2.11"] },
  fix: "mount it readOnly: true or use another volume; a path that is needed takes an exception in policy-pack/pack/privilege-exceptions.ts",
  config: {
    logFolder: {
      type: "string",
      default: "/var/log/security",
      description:
        "Folder of the sensors' log files, `nodeLogBasePath` of the stack config; `<log>` in the list.",
    },
  },
  check(object, report, { logFolder }) {
    if (object.kind === "PersistentVolume" && object.group === "")
      for (const type of ["hostPath", "local"])
        if (at(object.props, "spec", type) !== undefined)
          report.violation({
            found: `${type} ${textAt(object.props, "spec", type, "path") ?? "without a path"}`,
            allowed: "a volume that is no path of a node: whoever claims it can write there",
            fix: "use the volumes of a CSI driver; a disk of the node takes a waiver for this volume",
          });
    eachPods(object, report, (pods) => {
      report.each(volumesOf(pods), (volume) => {
        const path = textAt(volume, "hostPath", "path");
        if (path === undefined && at(volume, "hostPath") === undefined) return;
        const name = textAt(volume, "name") ?? "";
        const where = [pods.where, `volume ${name}`].filter(Boolean).join(", ");
        const listed = path === undefined ? undefined : findException(this.name, pods, path, logFolder);
        if (!listed)
          return report.violation({
            where,
            found: `hostPath ${path ?? "without a path"}`,
            allowed: "paths that policy-pack/pack/privilege-exceptions.ts lists for the pod's labels",
          });
        for (const container of writers(pods, name))
          if (!listed.writable)
            report.violation({
              where: container,
              found: `${path} mounted writable`,
              allowed: "readOnly: true",
            });
      });
    });
  },
};

function findException(policy: string, pods: Pods, path: string, logFolder: string): Exception | undefined {
  const underLog = path === logFolder || path.startsWith(`${logFolder}/`);
  const item = underLog ? `<log>${path.slice(logFolder.length)}` : path;
  return exceptionFor(policy, pods.labels, item);
}

function writers(pods: Pods, volume: string): string[] {
  const containers = containersOf(pods).filter((container) =>
    mountsOf(container).some((mount) => mount.volume === volume && !mount.readOnly),
  );
  return containers.map((container) => container.where);
}
