import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../../components/documents/store";
import { issueCertificates } from "../../../components/pipeline/certificates";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";

/** What documents are sent to: an Elasticsearch, or what speaks its protocol. */
export type RigStore = Pick<ElasticsearchServer, "url" | "gatewayKey" | "caCertificate">;

/** Kafka between the gateway and Elasticsearch. */
export interface RigKafka {
  /** `output.kafka`, as a user writes it. */
  config: Record<string, unknown>;
  /** Certificate of the brokers' authority. */
  ca: string;
  /** What each mounts and has in its environment: a password, and the certificate of a client. */
  passwords: { gateway: string; indexer: string };
  clientCertificate: { certificate: string; key: string };
}

/** The files that Secrets are mounted as in the cluster. */
export async function writeSecrets(
  folder: string,
  server: RigStore,
  elasticsearch: Store,
  kafka: RigKafka | undefined,
): Promise<void> {
  const certificates = await issueCertificates({
    serverNames: ["localhost"],
    validityDays: 2,
  });
  const ca = { "ca.crt": certificates.caCertificate };
  write(join(folder, "node", "tls"), {
    ...ca,
    "tls.crt": certificates.clientCertificate,
    "tls.key": certificates.clientKey,
  });
  write(join(folder, "gateway", "tls"), {
    ...ca,
    "tls.crt": certificates.serverCertificate,
    "tls.key": certificates.serverKey,
  });
  for (const name of ["gateway", ...(kafka ? ["indexer"] : [])]) {
    write(join(folder, name, "elasticsearch-auth"), {
      [elasticsearch.authSecretRef.key]: server.gatewayKey,
    });
    write(join(folder, name, "elasticsearch-ca"), {
      [elasticsearch.caSecretRef!.key]: server.caCertificate,
    });
    if (!kafka) continue;
    const { certificate, key } = kafka.clientCertificate;
    write(join(folder, name, "kafka-ca"), { "ca.crt": kafka.ca });
    write(join(folder, name, "kafka-auth"), { "tls.crt": certificate, "tls.key": key });
  }
}

function write(folder: string, files: Record<string, string>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content, { mode: 0o600 });
}
