import { clip } from "./clip";
import { fingerprint, nameOf } from "./identity";
import { containerFields } from "./image-fields";
import { posture, resourceFields } from "./posture-kind";
import { IMAGE_ACTIONS, type ReportKind } from "./report-kind";

/**
 * Secrets in the files of an image: which rule found one and in which file, never the text of it. Two that one rule finds in
 * one file are one finding: only the text would tell them apart.
 */
export const EXPOSED_SECRET: ReportKind = {
  ...posture("exposedSecret"),
  resources: { namespaced: "exposedsecretreports" },
  hasOwners: true,
  // ECS, event.category: "vulnerability" is for the results of scanners, those of one's own too.
  event: { category: ["vulnerability"], dataset: "trivy.exposed_secret" },
  actions: IMAGE_ACTIONS,
  where: (subject, report, { clusterName }) => ({
    ...resourceFields(subject, clusterName),
    container: containerFields(subject, report),
  }),
  *listed(subject, { artifact, secrets }) {
    for (const { ruleID, target, title, category, severity = "UNKNOWN" } of secrets ?? [])
      yield {
        id: fingerprint(["finding", subject.id, artifact?.repository ?? "", ruleID, target]),
        severity,
        fields: () => ({
          message: `${title ?? ruleID} (${severity}) in ${target} of ${nameOf(subject)}`,
          more: {
            rule: { id: clip(ruleID), name: clip(title ?? ruleID), category: clip(category) },
            file: { path: clip(target) },
          },
          own: { severity: clip(severity) },
        }),
      };
  },
};
