import { eachPods } from "../kubernetes/each";
import { volumesOf } from "../kubernetes/pods";
import { textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

// Pod Security Standards, "restricted": volume types. hostPath is judged by host-paths.
const ALLOWED = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

export const volumeTypes: ResourcePolicy = {
  name: "volume-types",
  rule: "Volumes are of the types that Pod Security restricted allows.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01"], iso: ["8.9"], cis: ["5.6.3"] },
  fix: "use a PersistentVolumeClaim, or a CSI volume",
  check(object, report) {
    eachPods(object, report, (pods) => {
      for (const volume of volumesOf(pods)) {
        const sources = Object.keys(volume).filter((key) => key !== "name" && key !== "hostPath");
        for (const source of sources.filter((key) => !ALLOWED.includes(key)))
          report.violation({
            where: [pods.where, `volume ${textAt(volume, "name")}`].filter(Boolean).join(", "),
            found: source,
            allowed: ALLOWED.join(", "),
          });
      }
    });
  },
};
