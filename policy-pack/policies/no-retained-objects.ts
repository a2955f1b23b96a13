import { annotationsOf } from "../kubernetes/object";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  keptKinds: string[];
}

// The Helm annotation becomes retainOnDelete in helm.v4.Chart (pulumi/pulumi-kubernetes, provider/pkg/provider/helm/v4/chart.go).
const KEEP = "helm.sh/resource-policy";
const PROPAGATION = "pulumi.com/deletionPropagationPolicy";

export const noRetainedObjects: ResourcePolicy<Config> = {
  name: "no-retained-objects",
  rule: "What the stack made goes with it; nothing stays behind but what is listed.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "ID.AM-08"], iso: ["5.9", "8.10"], cis: [] },
  fix: "remove the annotation, or list the kind in `keptKinds` of this policy",
  config: {
    keptKinds: {
      type: "array",
      items: { type: "string" },
      // Deleting a definition deletes every object of its kind, the store with its data among them.
      default: ["CustomResourceDefinition"],
      description: "Kinds whose objects may stay when the stack no longer has them.",
    },
  },
  check(object, report, { keptKinds }) {
    if (keptKinds.includes(object.kind)) return;
    const annotations = annotationsOf(object);
    if (annotations[KEEP] === "keep")
      report.violation({ found: `${KEEP}: keep`, allowed: `kept: ${keptKinds.join(", ") || "nothing"}` });
    if (annotations[PROPAGATION]?.toLowerCase() === "orphan")
      report.violation({ found: `${PROPAGATION}: orphan`, allowed: "background or foreground" });
  },
};
