import { claimTemplatesIn, DISPOSABLE } from "../kubernetes/data";
import { annotationsOf, isCustom, labelsOf } from "../kubernetes/object";
import { isWorkload } from "../kubernetes/pods";
import { at, shown, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

interface Config {
  operatorField: string;
  keeping: string[];
}

export const keepVolumeClaims: ResourcePolicy<Config> = {
  name: "keep-volume-claims",
  rule: "Volumes outlive the object that claimed them.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-11"], iso: ["8.10", "8.13"], cis: [] },
  fix: `set the policy of the claims to keep them, or say that the data may go with the annotation ${DISPOSABLE}: <why>`,
  config: {
    operatorField: {
      type: "string",
      // cloud-on-k8s, Elasticsearch: the default deletes the claims with the object.
      default: "volumeClaimDeletePolicy",
      description: "Field of a custom object's spec that says what becomes of its claims.",
    },
    keeping: {
      type: "array",
      items: { type: "string" },
      default: ["DeleteOnScaledownOnly"],
      description: "Values of that field that keep the data when the object is deleted.",
    },
  },
  check(object, report, { operatorField, keeping }) {
    if (annotationsOf(object)[DISPOSABLE]) return;
    if (isWorkload(object)) {
      const field = "persistentVolumeClaimRetentionPolicy.whenDeleted";
      const whenDeleted = textAt(object.props, "spec", ...field.split("."));
      if (whenDeleted !== "Delete" || exceptionFor(this.name, labelsOf(object), `${field} Delete`)) return;
      return report.violation({ found: `${field}: Delete`, allowed: `${field}: Retain` });
    }
    if (!isCustom(object) || !claimTemplatesIn(object.props)) return;
    const policy = at(object.props, "spec", operatorField);
    if (keeping.includes(String(policy))) return;
    report.violation({ found: `${operatorField}: ${shown(policy)}`, allowed: keeping.join(" or ") });
  },
};
