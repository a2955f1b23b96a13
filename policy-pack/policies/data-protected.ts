import { holdsData } from "../kubernetes/data";
import { addressOf } from "../kubernetes/object";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  confirmedDeletions: string[];
}

export const dataProtected: ResourcePolicy<Config> = {
  name: "data-protected",
  rule: "Pulumi refuses to delete what holds data, unless its deletion is confirmed here.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.DS-11", "PR.DS-01"], iso: ["5.33", "8.10", "8.13"], cis: [] },
  fix: "set the resource option protect: true; to delete it after all, name it in `confirmedDeletions` of this policy first",
  needsPulumi: true,
  config: {
    confirmedDeletions: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Objects that may go with their data, as `Kind/namespace/name`.",
    },
  },
  check(object, report, { confirmedDeletions }) {
    if (object.protect || !holdsData(object) || confirmedDeletions.includes(addressOf(object))) return;
    report.violation({ found: "protect: false on an object that holds data", allowed: "protect: true" });
  },
};
