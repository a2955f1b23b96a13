import type { PlanContext } from "../core/contract/context";
import { defineFeature } from "../core/contract/feature";
import type { SizedWorkload } from "../core/plan/fit";
import { CHARTS, IMAGES } from "../core/tables/pins";
import { reporterKey } from "../documents/api-keys";
import { REPORTER, reporterManifests } from "./cron-job";
import { toLists } from "./exploitation/lists-in-pod";
import { POSTURE } from "./posture-dashboard";
import { kindsOf, REPORTED_SCANNERS } from "./reporter/all-kinds";
import { trivyDocuments, trivyPanels } from "./trivy-documents";
import { networkPolicies, OPERATOR } from "./trivy-network-policies";
import { type Scanner, schema, type TrivyConfig } from "./trivy-schema";
import { databaseRegistry, operatorValues } from "./trivy-values";
import { VULNERABILITIES } from "./vulnerabilities-dashboard";

const NAME = "trivy";

/**
 * Trivy: the official operator scans the images of all workloads and keeps reports in the cluster; a CronJob of
 * ours brings their findings to Elasticsearch, and closes what is fixed.
 */
export const trivy = defineFeature({
  name: NAME,
  title: "Trivy",
  frameworks: ["NIST CSF 2.0 ID.RA-01", "ISO/IEC 27001:2022 8.8", "NSA/CISA pod-security", "SOC 2 CC7.1"],
  tests: [
    "test/cluster/trivy.test.ts",
    "test/pipeline/trivy-posture.test.ts",
    "test/pipeline/trivy-reporter.test.ts",
  ],
  priority: 200,
  schema,
  workloads: ["trivyOperator", "trivyReporter"],
  usesStore: true,
  documents: trivyDocuments,
  dashboards: [VULNERABILITIES, POSTURE],
  panels: trivyPanels,
  doctor: { crd: { name: "vulnerabilityreports.aquasecurity.github.io", installation: "trivy-operator" } },
  plan(config, context) {
    const { global, store: elasticsearch, namespaces } = context;
    const { imageRegistry } = global;
    // Reading the nodes' files takes a pod with host paths, in the operator's namespace.
    const operatorNamespace = readsNodes(config) ? namespaces.privileged : namespaces.restricted;
    const trivyImage = context.sideContainer(scans(config), IMAGES.trivy);
    const values = operatorValues({
      config,
      workload: context.workload("trivyOperator", "Deployment", IMAGES.trivyOperator),
      trivyImage,
      imageRegistry,
      component: NAME,
    });
    return {
      manifests: [
        ...reporterManifests({
          namespace: namespaces.restricted,
          config,
          global,
          elasticsearch,
          workload: context.workload("trivyReporter", "CronJob", IMAGES.node),
          trivyImage,
        }),
        ...networkPolicies({
          operatorNamespace,
          reporterNamespace: namespaces.restricted,
          elasticsearch,
          lists: toLists(config.exploitation),
          cloudCredentials: config.cloudCredentials,
          registries: [
            ...(imageRegistry ? [imageRegistry] : []),
            databaseRegistry({ config, imageRegistry }),
            ...Object.values(config.registryMirrors),
          ],
        }),
      ],
      // The release is named as the chart, else the chart puts both names into every object's. The chart's own
      // `operator.namespace` stays unset: set to another namespace it makes that only when a lookup finds none, so
      // that the second run would delete it.
      charts: [
        { name: OPERATOR, namespace: operatorNamespace, source: context.chart(CHARTS.trivyOperator), values },
      ],
      apiKeys: [
        {
          name: REPORTER,
          secret: config.apiKeySecretRef,
          pods: { "app.kubernetes.io/name": REPORTER },
          roles: reporterKey(elasticsearch.indices),
        },
      ],
      conditions: [
        {
          type: "TrivyReady",
          workloads: [
            { kind: "Deployment", namespace: operatorNamespace, name: OPERATOR },
            { kind: "CronJob", namespace: namespaces.restricted, name: REPORTER },
          ],
        },
      ],
      warnings: warnings(config),
      nextSteps: elasticsearch.makesKeys ? [] : [apiKeyStep(config, context)],
    };
  },
});

/** The operator starts a pod for each scan. */
function scans({ scanJobs }: TrivyConfig): SizedWorkload {
  const { requests, limits, concurrent } = scanJobs;
  return { name: "trivyScans", kind: "Job", replicas: concurrent, requests, limits };
}

function readsNodes({ scanners }: TrivyConfig): boolean {
  return scanners.includes("infraAssessment") || scanners.includes("clusterCompliance");
}

/** Only the controller of configAudit judges them (trivy-operator v0.34.0, pkg/operator/operator.go). */
const JUDGED_WITH_CONFIG: readonly Scanner[] = ["rbacAssessment", "infraAssessment"];

function warnings(config: TrivyConfig): string[] {
  const found: string[] = [];
  if (kindsOf(config.scanners).length === 0)
    found.push(
      `trivy: without any of the scanners ${REPORTED_SCANNERS.join(", ")} there is nothing to bring to Elasticsearch`,
    );
  const alone = config.scanners.filter((scanner) => JUDGED_WITH_CONFIG.includes(scanner));
  if (alone.length > 0 && !config.scanners.includes("configAudit"))
    found.push(`trivy: without the scanner configAudit the operator makes no reports of ${alone.join(", ")}`);
  if (readsNodes(config))
    found.push("trivy: infraAssessment and clusterCompliance run the operator in the privileged namespace");
  if (config.readPullSecrets)
    found.push("trivy: readPullSecrets lets the operator read every Secret of the cluster and nodes/proxy");
  if (config.cloudCredentials.includes("instanceMetadata"))
    found.push(
      "trivy: cloudCredentials instanceMetadata lets operator and scans take the nodes' own credentials",
    );
  if (config.excludeNamespaces.length > 0 && config.targetNamespaces.length > 0)
    found.push("trivy: excludeNamespaces has no effect beside targetNamespaces");
  return found;
}

function apiKeyStep({ apiKeySecretRef }: TrivyConfig, { namespaces, store }: PlanContext): string {
  const { name, key } = apiKeySecretRef;
  const { vulnerabilities, posture } = store.indices;
  return `trivy: put an encoded API key with the privileges read, index and auto_configure on ${vulnerabilities} and ${posture} into the Secret ${name} (key ${key}) of ${namespaces.restricted}; until then the reporter's pods wait for it`;
}
