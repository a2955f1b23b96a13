import type { Toleration } from "kubernetes-types/core/v1";
import { PART_OF } from "../kubernetes/labels";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { chartImage } from "./image";
import { scanHours } from "./schedule";
import type { Scanner, TrivyConfig } from "./trivy-schema";

/** The chart's default registry of databases. */
const DATABASE_REGISTRY = "mirror.gcr.io";

// User of the operator's image (trivy-operator build/trivy-operator/Dockerfile); the scans run as the same. With
// it, both meet the Pod Security level "restricted", which the chart's own settings only come close to.
const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: 10_000,
  runAsGroup: 10_000,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

export interface ChartSettings {
  config: TrivyConfig;
  workload: WorkloadSettings;
  /** As it is pulled. */
  trivyImage: string;
  /** Mirror of all images. */
  imageRegistry: string | undefined;
  /** Label that all objects of the feature bear. */
  component: string;
}

/** Values of the trivy-operator chart 0.36.0 (trivy-operator v0.34.0, deploy/helm/values.yaml). */
export function operatorValues(settings: ChartSettings): Record<string, unknown> {
  const { config, workload, component } = settings;
  const labels = { "app.kubernetes.io/component": component, "app.kubernetes.io/part-of": PART_OF };
  return {
    managedBy: "pulumi",
    targetNamespaces: config.targetNamespaces.join(","),
    excludeNamespaces: config.targetNamespaces.length > 0 ? "" : config.excludeNamespaces.join(","),
    image: chartImage(workload.image),
    resources: workload.resources,
    tolerations: workload.tolerations,
    nodeSelector: workload.nodeSelector,
    priorityClassName: workload.priorityClassName ?? "",
    // The scans run with the operator's ServiceAccount too (trivy-operator pkg/plugins/trivy/image.go).
    serviceAccount: { annotations: config.serviceAccountAnnotations },
    podSecurityContext: POD_SECURITY,
    operator: { replicas: workload.replicas, labels, podLabels: labels, ...operator(config) },
    // Specs of compliance are custom resources, which the operator evaluates even when the scanner is off.
    ...(config.scanners.includes("clusterCompliance") ? {} : { compliance: { specs: [] } }),
    trivyOperator: scanJobs(settings, labels),
    trivy: trivy(settings),
    policiesBundle: { registry: databaseRegistry(settings) },
    ...(settings.imageRegistry ? { nodeCollector: { registry: settings.imageRegistry } } : {}),
  };
}

function operator({
  scanners,
  scanSchedule,
  scanJobs,
  readPullSecrets,
}: TrivyConfig): Record<string, unknown> {
  const has = (scanner: Scanner) => scanners.includes(scanner);
  return {
    vulnerabilityScannerEnabled: has("vulnerability"),
    exposedSecretScannerEnabled: has("exposedSecret"),
    configAuditScannerEnabled: has("configAudit"),
    rbacAssessmentScannerEnabled: has("rbacAssessment"),
    infraAssessmentScannerEnabled: has("infraAssessment"),
    clusterComplianceEnabled: has("clusterCompliance"),
    sbomGenerationEnabled: has("sbom"),
    scannerReportTTL: `${scanHours(scanSchedule)}h`,
    scanJobsConcurrentLimit: scanJobs.concurrent,
    scanJobTimeout: scanJobs.timeout,
    accessGlobalSecretsAndServiceAccount: readPullSecrets,
  };
}

function scanJobs(
  { config, workload }: ChartSettings,
  labels: Record<string, string>,
): Record<string, unknown> {
  return {
    excludeImages: config.excludeImages.join(","),
    scanJobTolerations: workload.tolerations satisfies Toleration[],
    scanJobNodeSelector: workload.nodeSelector,
    scanJobPodPriorityClassName: workload.priorityClassName ?? "",
    scanJobPodTemplateLabels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    scanJobPodTemplatePodSecurityContext: POD_SECURITY,
  };
}

function trivy(settings: ChartSettings): Record<string, unknown> {
  const { config, trivyImage } = settings;
  const registry = databaseRegistry(settings);
  return {
    image: chartImage(trivyImage),
    dbRegistry: registry,
    javaDbRegistry: registry,
    registry: { mirror: config.registryMirrors },
    resources: { requests: config.scanJobs.requests, limits: config.scanJobs.limits },
    ignoreUnfixed: config.ignoreUnfixed,
    offlineScan: config.offline,
    // Parts of a finding's identity: the same package can lie in an image several times.
    additionalVulnerabilityReportFields: "PackagePath,Target,Class",
  };
}

/** Where Trivy's databases are taken from. */
export function databaseRegistry({
  config,
  imageRegistry,
}: Pick<ChartSettings, "config" | "imageRegistry">): string {
  return config.databaseRegistry ?? imageRegistry ?? DATABASE_REGISTRY;
}
