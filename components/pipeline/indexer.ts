import type { Kafka } from "../core/config/kafka-schema";
import type { SecretKey, Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { secretVolume } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import { readerManifests } from "./kafka-reader";
import { ELASTICSEARCH_AUTH_FOLDER, ELASTICSEARCH_CA_FOLDER, INDEXER, selectorOf } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

export interface Indexer {
  collector: CollectorConfig;
  config: PipelineConfig;
  settings: WorkloadSettings;
  namespace: string;
  elasticsearch: Store;
  /** Its own credential for Elasticsearch. */
  authSecret: SecretKey;
  kafka: Kafka;
}

/** The indexers: collectors between the topic and Elasticsearch. */
export function indexerManifests(indexer: Indexer): Manifest[] {
  const { collector, config, settings, namespace, elasticsearch, authSecret, kafka } = indexer;
  const { caSecretRef, secretsExist } = elasticsearch;
  const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
  return readerManifests({
    name: INDEXER,
    selector: selectorOf(INDEXER),
    collector,
    config,
    settings,
    namespace,
    kafka,
    client: kafka.indexer,
    secretsExist,
    env: [],
    volumeMounts: [
      mount("elasticsearch-auth", ELASTICSEARCH_AUTH_FOLDER),
      ...(caSecretRef ? [mount("elasticsearch-ca", ELASTICSEARCH_CA_FOLDER)] : []),
    ],
    volumes: [
      secretVolume("elasticsearch-auth", authSecret.name),
      ...(caSecretRef ? [secretVolume("elasticsearch-ca", caSecretRef.name)] : []),
    ],
  });
}
