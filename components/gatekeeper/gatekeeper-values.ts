import type { Judged } from "../kubernetes/judged-kinds";
import { chartScheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { GatekeeperConfig } from "./gatekeeper-schema";
import { WEBHOOK_PORT } from "./gatekeeper-names";

export interface ValuesInput {
  config: GatekeeperConfig;
  /** Of the pods that answer the API server. */
  webhook: WorkloadSettings;
  /** Of the one that audits. */
  audit: WorkloadSettings;
  /** What it is asked about. */
  judged: readonly Judged[];
  /** Namespaces about which the API server never asks. */
  exempt: readonly string[];
}

/** Values of the chart 3.23.1; a test reads what comes of them in the arguments of the pods. */
export function gatekeeperValues(input: ValuesInput): Record<string, unknown> {
  const { config, webhook, audit } = input;
  return {
    // As it is pulled: the chart puts a tag behind it only where `release` is set.
    image: { repository: webhook.image, release: "" },
    replicas: config.webhook ? webhook.replicas : 0,
    auditInterval: config.auditInterval,
    constraintViolationsLimit: config.violationsLimit,
    auditFromCache: true,
    emitAdmissionEvents: true,
    emitAuditEvents: true,
    logDenies: true,
    disableMutation: true,
    disableValidatingWebhook: !config.webhook,
    ...webhookValues(input),
    // Each would be a way out of the cluster, or a second maker of what the stack makes.
    enableExternalData: false,
    enableGeneratorResourceExpansion: false,
    defaultCreateVAPForTemplates: false,
    defaultCreateVAPBindingForConstraints: false,
    // The chart's ClusterRole reads every object of the cluster, Secrets too: see rights.ts.
    rbac: { create: false },
    // Only for classes of the cluster's own components, which its pods don't have here.
    resourceQuota: false,
    // Hooks, which the stack runs none of; their accounts and roles would stay.
    upgradeCRDs: { enabled: false },
    postInstall: { labelNamespace: { enabled: false }, probeWebhook: { enabled: false } },
    controllerManager: { ...podValues(webhook), port: WEBHOOK_PORT },
    audit: podValues(audit),
  };
}

// Objects are let through while it is away. The second webhook, asked about every namespace, would by default refuse them
// then (open-policy-agent/gatekeeper#2942): it guards a label by which the stack exempts nothing.
function webhookValues({ judged, exempt }: ValuesInput) {
  return {
    validatingWebhookFailurePolicy: "Ignore",
    validatingWebhookCheckIgnoreFailurePolicy: "Ignore",
    validatingWebhookTimeoutSeconds: 2,
    validatingWebhookExemptNamespacesLabels: { "kubernetes.io/metadata.name": exempt },
    validatingWebhookCustomRules: judged.map(({ group, versions, resources }) => ({
      apiGroups: [group],
      apiVersions: versions,
      operations: ["CREATE", "UPDATE"],
      resources,
      scope: "Namespaced",
    })),
  };
}

function podValues(settings: WorkloadSettings) {
  const { nodeSelector, ...placed } = chartScheduling(settings);
  return {
    resources: settings.resources,
    ...placed,
    nodeSelector: { "kubernetes.io/os": "linux", ...nodeSelector },
  };
}
