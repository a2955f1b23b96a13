import { at, listAt, shown, textAt, textsAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

export const awsEncryption: AwsPolicy = {
  name: "aws-encryption",
  rule: "Disks are encrypted, and the Secrets of a cluster with a key of its own.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-01"], iso: ["8.24"], cis: [] },
  fix: "set `encrypted`, and encryptionConfig of the cluster with a key and the resource secrets",
  needsPulumi: true,
  checkAws({ kind, props }, report) {
    if (kind === "eks.Cluster") {
      const hasKey = textAt(props, "encryptionConfig", "provider", "keyArn") !== undefined;
      if (hasKey && textsAt(props, "encryptionConfig", "resources").includes("secrets")) return;
      report.violation({
        where: "encryptionConfig",
        found: "no key for Secrets",
        allowed: "a key, for the resource secrets",
      });
    }
    if (kind === "ebs.Volume" && !isOn(at(props, "encrypted")))
      report.violation({ found: `encrypted: ${shown(at(props, "encrypted"))}`, allowed: "encrypted: true" });
    if (kind !== "ec2.LaunchTemplate") return;
    const disks = listAt(props, "blockDeviceMappings");
    if (disks.length === 0)
      report.violation({
        where: "blockDeviceMappings",
        found: "the disks of the image, as it has them",
        allowed: "encrypted disks",
      });
    report.each(disks, (disk) => {
      const encrypted = at(disk, "ebs", "encrypted");
      if (isOn(encrypted)) return;
      report.violation({
        where: textAt(disk, "deviceName") ?? "blockDeviceMappings",
        found: `encrypted: ${shown(encrypted)}`,
        allowed: "encrypted: true",
      });
    });
  },
};

/** Launch templates have it as text. */
function isOn(value: unknown): boolean {
  return value === true || value === "true";
}
