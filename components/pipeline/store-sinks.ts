import type { ConfiguredSink } from "../core/contract/sink";
import type { SecretKey } from "../documents/store";
import { nameOfSink } from "./pipeline-names";

/** Where documents go besides Elasticsearch, from where each is read by a program of its own. */
export interface StoreSink extends Omit<ConfiguredSink, "exporter" | "kafka"> {
  /** Name of its Deployment and all else that is its own. */
  name: string;
  /** Its own API key. */
  apiKeySecret: SecretKey;
}

/** The sinks of the stack config that read from Elasticsearch. */
export function plannedStoreSinks(sinks: readonly ConfiguredSink[]): StoreSink[] {
  return sinks.flatMap((sink) => {
    if (sink.kafka) return [];
    const name = nameOfSink(sink.id);
    const apiKeySecret = sink.apiKeySecretRef ?? { name: `${name}-api-key`, key: "api_key" };
    return [{ ...sink, name, apiKeySecret }];
  });
}
