import { ConfigError } from "../core/config/config-error";
import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import { forwarderKey } from "../documents/api-keys";
import { OCSF, ocsfManifests, ocsfRights } from "./ocsf-cron-job";
import { claimOf, lakeOf, type OcsfConfig, ocsfSchema, writesFiles } from "./ocsf-schema";
import { OCSF_TOPIC, topicConverter, topicIssues } from "./ocsf-topic";

/**
 * Events in OCSF: what is stored becomes files of events, from where the last run ended; what passes through Kafka becomes
 * records of a topic.
 */
export const ocsf = defineFeature({
  name: OCSF,
  title: "OCSF events",
  // Planned after all who write documents, and before the pipeline, which makes the pods of its topic, and the store.
  priority: 6,
  schema: ocsfSchema,
  workloads: [OCSF, OCSF_TOPIC],
  usesStore: true,
  frameworks: ["NIST CSF 2.0 PR.PS-04", "ISO/IEC 27001:2022 8.15"],
  tests: [
    "test/unit/ocsf-feature.test.ts",
    "test/ocsf/parquet.test.ts",
    "test/pipeline/ocsf-files.test.ts",
    "test/kafka/ocsf-topic.test.ts",
  ],
  plan,
});

/** @throws ConfigError where the topic can't be what the config says */
function plan(config: OcsfConfig, context: PlanContext): Contribution {
  const { kafka } = config;
  const issues = kafka ? topicIssues(kafka, context) : [];
  if (issues.length > 0) throw new ConfigError(issues);
  const files = writesFiles(config) ? planFiles(config, context) : { manifests: [], conditions: [] };
  return { ...files, ...(kafka ? { documentConverters: [topicConverter(kafka, context)] } : {}) };
}

function planFiles(config: OcsfConfig, context: PlanContext): Contribution {
  const { namespaces, store, registry, global } = context;
  const namespace = namespaces.restricted;
  const rights = ocsfRights(namespace, config);
  return {
    manifests: ocsfManifests({
      ...{ namespace, clusterName: global.clusterName, config, store },
      documents: registry.documents,
      workload: context.workload(OCSF, "CronJob", IMAGES.node),
    }),
    apiKeys: [
      {
        name: OCSF,
        secret: config.apiKeySecretRef,
        pods: { "app.kubernetes.io/name": OCSF },
        roles: forwarderKey(store.indices),
      },
    ],
    ...(rights.length > 0 ? { awsRights: rights } : {}),
    conditions: [{ type: "OcsfReady", workloads: [{ kind: "CronJob", namespace, name: OCSF }] }],
    nextSteps: nextSteps(config, context),
  };
}

function nextSteps(config: OcsfConfig, context: PlanContext): string[] {
  const { s3, apiKeySecretRef } = config;
  const claim = claimOf(config);
  const lake = lakeOf(config);
  const { namespaces, store, global } = context;
  const namespace = namespaces.restricted;
  const { name, key } = apiKeySecretRef;
  return [
    ...(store.makesKeys
      ? []
      : [
          `ocsf: put an encoded API key with the privilege read on ${Object.values(store.indices).join(", ")} into the Secret ${name} (key ${key}) of ${namespace}; until then its pods wait for it`,
        ]),
    ...(claim !== undefined
      ? [`ocsf: make the PersistentVolumeClaim ${claim} in ${namespace}; until then its pods wait for it`]
      : []),
    ...(s3 && global.cluster !== "eks"
      ? [
          `ocsf: give the service account ${OCSF} of namespace ${namespace} a role by EKS Pod Identity that may s3:PutObject on ${s3.bucket}/${s3.prefix}/* (docs/ocsf.md)`,
        ]
      : []),
    ...(lake
      ? [`ocsf: make a custom source of Security Lake for each class, ${lake.source}-<class> (docs/ocsf.md)`]
      : []),
  ];
}
