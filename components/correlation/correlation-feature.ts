import type { PlanContext } from "../core/contract/context";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import { correlatorKey } from "../documents/api-keys";
import { CORRELATION_RULES } from "./all-rules";
import { correlationDocuments } from "./correlation-documents";
import { type CorrelationConfig, schema } from "./correlation-schema";
import { CORRELATIONS } from "./correlations-dashboard";
import { CORRELATOR, correlatorManifests } from "./cron-job";
import { resolveRules } from "./resolve-rules";

/** Chains of events: rules over what all sensors saw, evaluated every minute, into an index of their own. */
export const correlation = defineFeature({
  name: "correlation",
  title: "Correlation",
  priority: 200,
  schema,
  workloads: [CORRELATOR],
  documents: correlationDocuments,
  dashboards: [CORRELATIONS],
  detectionRules: () =>
    CORRELATION_RULES.map(({ name, attack }) => ({ name, tags: attack.map(({ technique }) => technique) })),
  frameworks: ["NIST CSF 2.0 DE.AE-03", "NIST CSF 2.0 DE.AE-07", "ISO/IEC 27001:2022 8.16"],
  tests: ["test/unit/correlation.test.ts", "test/pipeline/correlation.test.ts"],
  plan(config, context) {
    const { global, store: elasticsearch, namespaces, registry } = context;
    const rules = resolveRules(registry.documents, elasticsearch.indices, config);
    return {
      detections: rules.map(({ name }) => name),
      manifests: correlatorManifests({
        namespace: namespaces.restricted,
        config,
        rules,
        global,
        elasticsearch,
        workload: context.workload(CORRELATOR, "CronJob", IMAGES.node),
      }),
      apiKeys: [
        {
          name: CORRELATOR,
          secret: config.apiKeySecretRef,
          pods: { "app.kubernetes.io/name": CORRELATOR },
          roles: correlatorKey(elasticsearch.indices),
        },
      ],
      conditions: [
        {
          type: "CorrelationReady",
          workloads: [{ kind: "CronJob", namespace: namespaces.restricted, name: CORRELATOR }],
        },
      ],
      warnings: rules.length === 0 ? ["correlation: all rules are off: it finds nothing"] : [],
      nextSteps: elasticsearch.makesKeys ? [] : [apiKeyStep(config, context)],
    };
  },
});

function apiKeyStep({ apiKeySecretRef }: CorrelationConfig, { namespaces, store }: PlanContext): string {
  const { name, key } = apiKeySecretRef;
  const { events, audit, vulnerabilities, correlations } = store.indices;
  return `correlation: put an encoded API key with the privilege read on ${events}, ${audit}, ${vulnerabilities} and ${correlations}, and create_doc and auto_configure on ${correlations}, into the Secret ${name} (key ${key}) of ${namespaces.restricted}; until then the correlator's pods wait for it`;
}
