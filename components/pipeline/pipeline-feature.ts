import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { IMAGES } from "../core/tables/pins";
import { gatewayKey } from "../documents/api-keys";
import { broughtSecrets } from "../documents/store";
import type { CollectorConfig } from "./collector-config";
import { converterSink } from "./converter-sink";
import { type FilterSettings, filteredHere, filterWarnings } from "./filters";
import { gatewayManifests } from "./gateway";
import { type Indexer, indexerManifests } from "./indexer";
import { kafkaSecrets } from "./kafka-client";
import { plannedKafkaSinks } from "./kafka-sinks";
import { lineReaderManifests, type PlannedReader } from "./line-readers";
import { movedFilters } from "./moved-filters";
import { nodeCollectorManifests } from "./node-collector";
import { GATEWAY, gatewayHost, INDEXER, NODE_COLLECTOR, selectorOf } from "./pipeline-names";
import { networkPolicies } from "./pipeline-network-policies";
import { makePipelineResources, type PipelineData } from "./pipeline-resources";
import { type PipelineConfig, pipelineSchema } from "./pipeline-schema";
import { rightsOf, sinkCondition, sinkManifests, sinkSteps, sinkWarnings } from "./sink-plan";
import { SINKS } from "./sinks/all-sinks";
import { storeSinkCondition, storeSinkKey, storeSinkManifests } from "./store-sink-plan";
import { plannedStoreSinks } from "./store-sinks";
import { lineReaderConfig, synthesize } from "./synthesize";

const NAME = "otel_pipeline";

/**
 * The way from the sensors' files to Elasticsearch: an OpenTelemetry collector on each node and a gateway with a
 * queue on disk, both configured from what the enabled features contribute.
 */
export const otelPipeline = defineFeature({
  name: NAME,
  title: "OpenTelemetry pipeline",
  frameworks: [
    "NIST CSF 2.0 PR.PS-04",
    "NIST CSF 2.0 PR.DS-02",
    "ISO/IEC 27001:2022 8.15",
    "GDPR 32(1)(a)",
    "GDPR 32(1)(b)",
    "NSA/CISA audit-logging-and-threat-detection",
  ],
  tests: [
    "test/pipeline/durability.test.ts",
    "test/pipeline/documents.test.ts",
    "test/unit/pipeline-synthesis.test.ts",
  ],
  // Planned after all whose lines it gathers, and before the store, which makes its key.
  priority: 5,
  schema: pipelineSchema,
  movedKeys: { filters: movedFilters },
  sinks: SINKS,
  workloads: ["nodeCollector", "gateway", "indexer", "sink"],
  usesStore: true,
  shares: (config) => ({ nodeLogBasePath: config.nodeLogBasePath }),
  plan,
  resources: { plan: planData, make: makePipelineResources },
});

function plan(config: PipelineConfig, context: PlanContext): Contribution {
  const { namespaces, store: elasticsearch, global, kafka } = context;
  const fragments = fragmentsOf(context);
  const filters = filtersOf(context);
  const sinks = [...plannedKafkaSinks(context.sinks), ...converterSinks(context)];
  const storeSinks = plannedStoreSinks(context.sinks);
  const allSinks = [...sinks, ...storeSinks];
  const sinkConditions = [
    ...sinks.map((sink) => sinkCondition(sink, context)),
    ...storeSinks.map((sink) => storeSinkCondition(sink, context)),
  ];
  const collectors = synthesize(fragments, {
    config,
    elasticsearch,
    namespaces,
    clusterName: global.clusterName,
    filters,
    kafka,
    sinks,
  });
  const nodeSettings = context.workload("nodeCollector", "DaemonSet", IMAGES.otelCollector);
  const gatewaySettings = context.workload("gateway", "StatefulSet", IMAGES.otelCollector, {
    replicas: config.gatewayReplicas,
  });
  const indexer = planIndexer(config, context, collectors.indexer);
  const readers = planReaders(config, context);
  return {
    manifests: [
      ...nodeCollectorManifests({
        collector: collectors.node,
        config,
        settings: nodeSettings,
        namespaces,
        readsPodLogs: fragments.some(({ fragment }) => fragment.readsPodLogs),
      }),
      ...gatewayManifests({
        collector: collectors.gateway,
        config,
        settings: gatewaySettings,
        namespaces,
        elasticsearch,
        kafka,
        component: NAME,
      }),
      ...(indexer ? indexerManifests(indexer) : []),
      ...readers.flatMap(lineReaderManifests),
      ...sinks.flatMap((sink, index) => sinkManifests(config, context, sink, collectors.sinks[index])),
      ...networkPolicies({
        namespaces,
        config,
        elasticsearch,
        kafka,
        readers: readers.map(({ reader }) => reader),
        sinks,
      }),
      ...storeSinks.flatMap((sink) => storeSinkManifests(config, context, sink)),
    ],
    apiKeys: [
      {
        name: GATEWAY,
        secret: elasticsearch.authSecretRef,
        pods: selectorOf(GATEWAY),
        roles: gatewayKey(elasticsearch.indices),
      },
      ...(indexer && elasticsearch.makesKeys
        ? [
            {
              name: INDEXER,
              secret: indexer.authSecret,
              pods: selectorOf(INDEXER),
              roles: gatewayKey(elasticsearch.indices),
            },
          ]
        : []),
      ...storeSinks.map((sink) => storeSinkKey(sink, context)),
    ],
    conditions: [
      {
        type: "PipelineReady",
        workloads: [
          { kind: "DaemonSet", namespace: namespaces.privileged, name: NODE_COLLECTOR },
          { kind: "StatefulSet", namespace: namespaces.restricted, name: GATEWAY },
          ...(indexer
            ? [{ kind: "Deployment" as const, namespace: namespaces.restricted, name: INDEXER }]
            : []),
          ...readers.map(({ reader: { name }, namespace }) => ({
            kind: "StatefulSet" as const,
            namespace,
            name,
          })),
        ],
        ...untilSecrets(context),
      },
      ...sinkConditions,
    ],
    ...(allSinks.some(({ rights }) => rights)
      ? { awsRights: rightsOf(allSinks, namespaces.restricted) }
      : {}),
    warnings: [...filterWarnings(filters), ...sinkWarnings(sinks, kafka)],
    ...(filters.exceptions.length > 0 ? { exceptions: filteredHere(filters) } : {}),
    nextSteps: [...nextSteps(context), ...sinkSteps(allSinks, sinkConditions, context)],
  };
}

/** Where the user brings the credential for Elasticsearch, the indexers have the gateways': its rights are the same. */
function planIndexer(
  config: PipelineConfig,
  { kafka, store: elasticsearch, namespaces, workload }: PlanContext,
  collector: CollectorConfig | undefined,
): Indexer | undefined {
  if (!kafka || !collector) return undefined;
  const settings = workload("indexer", "Deployment", IMAGES.otelCollector, {
    replicas: kafka.indexerReplicas,
  });
  const { makesKeys, authSecretRef } = elasticsearch;
  const authSecret = makesKeys ? { name: `${INDEXER}-api-key`, key: authSecretRef.key } : authSecretRef;
  return { collector, config, settings, namespace: namespaces.restricted, elasticsearch, authSecret, kafka };
}

function planReaders(config: PipelineConfig, context: PlanContext): PlannedReader[] {
  const { contributions, namespaces } = context;
  return contributions.flatMap(({ contribution: { collector: fragment, lineReaders = [] } }) =>
    lineReaders.flatMap((reader) =>
      fragment
        ? [
            {
              reader,
              config,
              collector: lineReaderConfig(fragment, { config, namespaces }),
              image: context.sideContainer(reader.collector, IMAGES.otelCollector),
              namespace: namespaces.restricted,
              component: NAME,
            },
          ]
        : [],
    ),
  );
}

function converterSinks({ contributions, kafka }: PlanContext) {
  if (!kafka) return [];
  return contributions.flatMap(({ contribution }) =>
    (contribution.documentConverters ?? []).map(converterSink),
  );
}

function fragmentsOf(context: PlanContext) {
  return context.contributions.flatMap(({ name, contribution }) =>
    contribution.collector ? [{ feature: name, fragment: contribution.collector }] : [],
  );
}

function filtersOf(context: PlanContext): FilterSettings {
  const written = fragmentsOf(context).map(({ fragment }) => fragment.tool);
  return {
    exceptions: context.exceptions,
    tools: context.registry.documents.filter(({ tool }) => written.includes(tool)),
  };
}

function planData(config: PipelineConfig, { namespaces, store, contributions }: PlanContext): PipelineData {
  const host = gatewayHost(namespaces);
  return {
    privilegedNamespace: namespaces.privileged,
    restrictedNamespace: namespaces.restricted,
    lineReaders: contributions.some(({ contribution }) => contribution.lineReaders !== undefined),
    gatewayNames: [host, `${GATEWAY}.${namespaces.restricted}`, `${host}.cluster.local`],
    ...config.certificates,
    apiKeySecret: store.authSecretRef,
  };
}

function nextSteps(context: PlanContext): string[] {
  const { until } = untilSecrets(context);
  const { makesKeys, indices } = context.store;
  return [
    ...(until ? [`The ${until}.`] : []),
    ...(makesKeys
      ? []
      : [
          `Make the index templates of ${indices.events} and the others before the gateway has its key: the first event makes a plain index otherwise, with fields that Elasticsearch guesses, and a later template does not mend it. Where output.elasticsearch.objects.enabled is true the program makes them.`,
        ]),
  ];
}

/** What the gateway waits for that the user makes. */
function untilSecrets({ store, namespaces, kafka }: PlanContext): { until?: string } {
  const ofKafka = kafka ? [...kafkaSecrets(kafka, kafka.gateway), ...kafkaSecrets(kafka, kafka.indexer)] : [];
  const names = [...broughtSecrets(store), ...new Set(ofKafka)];
  if (names.length === 0) return {};
  const secrets = `Secret${names.length > 1 ? "s" : ""} ${names.join(" and ")}`;
  return {
    until: `gateway starts once namespace ${namespaces.restricted} has the ${secrets} for Elasticsearch${kafka ? " and Kafka" : ""}`,
  };
}
