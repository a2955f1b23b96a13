import type { CollectorComponent } from "../documents/documents";
import type { Store } from "../documents/store";
import { ELASTICSEARCH_AUTH_FOLDER, ELASTICSEARCH_CA_FOLDER } from "./pipeline-names";

/** Extension with the credential for Elasticsearch. */
export const API_KEY = "bearertokenauth/elasticsearch";

export function apiKeyExtension({ authSecretRef }: Store): CollectorComponent {
  return { scheme: "ApiKey", filename: `${ELASTICSEARCH_AUTH_FOLDER}/${authSecretRef.key}` };
}

/**
 * Everything that may pass is retried without end, and waits in the queue on disk meanwhile: this exporter has no
 * retry of its own behind the queue, so what it gives up is gone (elasticsearchexporter 0.152, bulkindexer.go).
 * - `timeout: 0`: the default of 90 s is for all retries together, so a longer outage loses data. A dead
 *   connection ends by TCP.
 * - 401 and 403: a key that has expired or lost a right; the new one is read from its file without a restart.
 * - 404: an index that may not be made yet.
 * With the defaults of `timeout` and `retry`, 79,174 of 81,361 lines were lost to 100 s without Elasticsearch; with
 * these none (test/pipeline/durability.test.ts).
 * What Elasticsearch will never take is 400, a document that does not fit its mapping: counted in
 * `otelcol_elasticsearch_docs_processed`, and alerted on.
 */
export function elasticsearchExporter(elasticsearch: Store): CollectorComponent {
  const caFile = `${ELASTICSEARCH_CA_FOLDER}/${elasticsearch.caSecretRef?.key}`;
  return {
    endpoints: elasticsearch.endpoints,
    auth: { authenticator: API_KEY },
    tls: elasticsearch.caSecretRef
      ? { ca_file: caFile, reload_interval: "1m" }
      : { include_system_ca_certs_pool: true },
    timeout: "0s",
    retry: {
      enabled: true,
      max_retries: Number.MAX_SAFE_INTEGER,
      initial_interval: "200ms",
      max_interval: "10s",
      retry_on_status: [401, 403, 404, 408, 429, 500, 502, 503, 504],
    },
    logs_dynamic_id: { enabled: true },
    // A line that was read again after a crash has the same _id; its conflict is what removes the duplicate.
    suppress_conflict_errors: true,
    // Says why a document was refused without writing the document into the log.
    include_source_on_error: false,
  };
}
