import { z } from "zod";
import { defineFeature } from "../core/contract/feature";
import { API_ACTIVITY } from "./activity-dashboard";
import { AUDIT_COUNTS } from "./all-counts";
import { AUDIT_RULES } from "./all-rules";
import { auditCollector } from "./audit-collector";

// The pipeline says where the file is; nothing else can be chosen.
const schema = z.strictObject({});

/**
 * The API server's audit log: who asked what of the cluster, and rules over that. It deploys nothing of its own: the API
 * server writes the file, the node collector of its node reads it.
 */
export const k8sAudit = defineFeature({
  name: "k8s_audit",
  title: "Kubernetes audit",
  priority: 100,
  requires: ["otel_pipeline"],
  schema,
  workloads: [],
  collector: auditCollector,
  dashboards: [API_ACTIVITY],
  detectionRules: () =>
    [...AUDIT_RULES, ...AUDIT_COUNTS].map(({ name, techniques }) => ({ name, tags: techniques })),
  frameworks: ["CIS Kubernetes 3.2.1", "CIS Kubernetes 3.2.2", "NIST CSF 2.0 PR.PS-04"],
  plan: (_config, context) => ({
    manifests: [],
    conditions: [],
    detections: AUDIT_RULES.map(({ name }) => name),
    nextSteps: [
      `Start kube-apiserver with --audit-policy-file and --audit-log-path=${context.shared.nodeLogBasePath}/k8s_audit/audit.log: components/k8s-audit/README.md says how.`,
    ],
  }),
});
