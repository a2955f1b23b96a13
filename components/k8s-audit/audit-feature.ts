import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import { API_ACTIVITY } from "./activity-dashboard";
import { AUDIT_COUNTS } from "./all-counts";
import { AUDIT_RULES } from "./all-rules";
import { auditCollector } from "./audit-collector";
import { type AuditConfig, auditSchema, eksDefaults, type WebhookConfig } from "./audit-schema";
import { byLogGroup } from "./cloudwatch/eks-source";
import { receiverManifests } from "./webhook/receiver-workload";
import { type CertificateData, makeCertificates } from "./webhook/webhook-certificates";
import { CERTIFICATES, certificatesSecret, EVENTS_PATH, RECEIVER } from "./webhook/webhook-names";

/**
 * The API server's audit log: who asked what of the cluster, and rules over that. The node collector reads it as a file,
 * which the API server writes itself or a receiver of its webhook; on EKS a reader takes it from CloudWatch.
 */
export const k8sAudit = defineFeature({
  name: "k8s_audit",
  title: "Kubernetes audit",
  priority: 100,
  requires: ["otel_pipeline"],
  schema: auditSchema,
  workloads: ["auditReceiver", "auditReader"],
  collector: auditCollector,
  dashboards: [API_ACTIVITY],
  detectionRules: () =>
    [...AUDIT_RULES, ...AUDIT_COUNTS].map(({ name, techniques }) => ({ name, tags: techniques })),
  frameworks: [
    "CIS Kubernetes 3.2.1",
    "CIS Kubernetes 3.2.2",
    "NIST CSF 2.0 PR.PS-04",
    "NIST CSF 2.0 DE.CM-03",
    "NIST CSF 2.0 RS.AN-07",
    "ISO/IEC 27001:2022 8.16",
    "NSA/CISA audit-logging-and-threat-detection",
    "SOC 2 CC7.2",
  ],
  tests: ["test/audit/audit.test.ts", "test/audit/scenarios.test.ts", "test/audit/scrub.test.ts"],
  plan,
  resources: {
    plan: certificateData,
    make: (data, scope) => (data ? makeCertificates(data, scope) : { secrets: [] }),
  },
});

function plan(config: AuditConfig, context: PlanContext): Contribution {
  return { detections: AUDIT_RULES.map(({ name }) => name), ...bySource(config, context) };
}

function bySource({ source, webhook, eks }: AuditConfig, context: PlanContext): Contribution {
  if (webhook) return byWebhook(webhook, context);
  return source === "eks" ? byLogGroup(eks ?? eksDefaults(), context) : byFile(context);
}

function byFile(context: PlanContext): Contribution {
  return {
    manifests: [],
    conditions: [],
    nextSteps: [
      `Start kube-apiserver with --audit-policy-file and --audit-log-path=${eventsFolder(context)}/audit.log: components/k8s-audit/README.md says how.`,
    ],
  };
}

function byWebhook(config: WebhookConfig, context: PlanContext): Contribution {
  const namespace = context.namespaces.privileged;
  const workload = context.workload("auditReceiver", "Deployment", IMAGES.node, { replicas: 2 });
  const secret = certificatesSecret(config.certificateGeneration);
  return {
    manifests: receiverManifests({ config, namespace, workload, eventsFolder: eventsFolder(context) }),
    conditions: [
      { type: "AuditReceiverReady", workloads: [{ kind: "Deployment", namespace, name: RECEIVER }] },
    ],
    nextSteps: [
      `Start kube-apiserver with --audit-policy-file and --audit-webhook-config-file: components/k8s-audit/README.md says how. That file: kubectl get secret ${secret} -n ${namespace} -o jsonpath='{.data.${CERTIFICATES.kubeconfig}}' | base64 -d`,
    ],
  };
}

/** Below the folder that all sensors share, where the node collector looks for it. */
function eventsFolder({ shared }: PlanContext): string {
  return `${shared.nodeLogBasePath}/k8s_audit`;
}

function certificateData({ webhook }: AuditConfig, { namespaces }: PlanContext): CertificateData | undefined {
  if (!webhook) return undefined;
  const { url, certificateGeneration } = webhook;
  return {
    secret: certificatesSecret(certificateGeneration),
    namespace: namespaces.privileged,
    url: url.replace(/\/$/, "") + EVENTS_PATH,
  };
}
