import type { Kafka } from "../core/config/kafka-schema";
import { ContractError } from "../core/contract/contract-error";
import { LINES_ADDRESS } from "../core/contract/line-reader";
import type { Namespaces } from "../core/contract/namespaces";
import type { PlannedFragment } from "../documents/documents";
import { compare, sortKeys } from "../documents/sort-keys";
import type { Store } from "../documents/store";
import type { CollectorConfig } from "./collector-config";
import type { FilterSettings } from "./filters";
import { gatewayConfig } from "./gateway-config";
import { indexerConfig } from "./indexer-config";
import type { KafkaSink } from "./kafka-sinks";
import { nodeConfig } from "./node-config";
import type { PipelineConfig } from "./pipeline-schema";
import { sinkConfig } from "./sink-config";

/** A fragment and the feature that it is from. */
export interface FeatureFragment {
  feature: string;
  fragment: PlannedFragment;
}

export interface PipelineSettings {
  config: PipelineConfig;
  elasticsearch: Store;
  namespaces: Namespaces;
  clusterName: string;
  /** What is left out on purpose. */
  filters: FilterSettings;
  /** What is between the gateway and Elasticsearch, where anything is. */
  kafka?: Kafka | undefined;
  /** Where documents go besides; each reads from Kafka. */
  sinks?: readonly KafkaSink[];
}

export interface CollectorConfigs {
  node: CollectorConfig;
  gateway: CollectorConfig;
  /** With Kafka only. */
  indexer?: CollectorConfig;
  /** In the order of the settings' sinks. */
  sinks: CollectorConfig[];
}

/**
 * The configurations of the node collector, the gateway, the indexer and the sinks from what the enabled features bring. Pure; keys
 * are sorted, so the same features give the same bytes in whatever order they are given.
 * @throws ContractError where two features use the same tool name or component id: both are named.
 */
export function synthesize(
  features: readonly FeatureFragment[],
  settings: PipelineSettings,
): CollectorConfigs {
  const sorted = [...features].sort((a, b) => compare(a.fragment.tool, b.fragment.tool));
  refuseCollisions(sorted);
  const fragments = sorted.map(({ fragment }) => fragment);
  const { config, elasticsearch, clusterName, filters, kafka, sinks = [] } = settings;
  const documents = { indices: elasticsearch.indices, clusterName, filters };
  return {
    node: sortKeys(nodeConfig(fragments, config, settings.namespaces)),
    gateway: sortKeys(gatewayConfig(fragments, config, elasticsearch, documents, kafka)),
    ...(kafka
      ? { indexer: sortKeys(indexerConfig(fragments, config, elasticsearch, documents, kafka)) }
      : {}),
    sinks: kafka ? sinks.map((sink) => sortKeys(sinkConfig(fragments, config, documents, kafka, sink))) : [],
  };
}

/**
 * The configuration of the collector beside a line reader: the node collector's for one tool, whose lines come over OTLP
 * within the pod instead of from files.
 */
export function lineReaderConfig(
  fragment: PlannedFragment,
  { config, namespaces }: Pick<PipelineSettings, "config" | "namespaces">,
): CollectorConfig {
  const receivers = { otlp: { protocols: { http: { endpoint: LINES_ADDRESS } } } };
  return sortKeys(nodeConfig([{ ...fragment, receivers }], config, namespaces));
}

function refuseCollisions(features: readonly FeatureFragment[]): void {
  const owners = new Map<string, string>();
  for (const { feature, fragment } of features) {
    for (const id of [
      `tool ${fragment.tool}`,
      ...Object.keys(fragment.receivers).map((r) => `receiver ${r}`),
    ]) {
      const owner = owners.get(id);
      if (owner !== undefined)
        throw new ContractError(
          "FTR006",
          `the collector's ${id} is used by both ${owner} and ${feature}`,
          "give each feature's collector fragment names of its own",
        );
      owners.set(id, feature);
    }
  }
}
