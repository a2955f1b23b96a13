import type { EnvVar, Volume, VolumeMount } from "kubernetes-types/core/v1";
import type { Kafka, KafkaClient } from "../core/config/kafka-schema";
import type { CollectorComponent } from "../documents/documents";
import { secretVolume } from "../kubernetes/pods";
import { KAFKA_AUTH_FOLDER, KAFKA_CA_FOLDER } from "./pipeline-names";

const PASSWORD = "KAFKA_PASSWORD";

/** Of what a broker takes by default in one message (`message.max.bytes`, 1 MiB), and with room for its own overhead. */
export const MAX_RECORD_BYTES = 900_000;
/** A gateway sends so much at once, where there is so much. */
export const FULL_RECORD_BYTES = MAX_RECORD_BYTES / 2;

/** What a collector's Kafka exporter and receiver have in common: the brokers, and who they are to these. */
export function kafkaConnection(kafka: Kafka, client: KafkaClient, clientId: string): CollectorComponent {
  const { tlsSecretRef, saslSecretRef } = client;
  return {
    brokers: kafka.brokers,
    client_id: clientId,
    tls: {
      ...(kafka.caSecretRef
        ? { ca_file: `${KAFKA_CA_FOLDER}/${kafka.caSecretRef.key}` }
        : { include_system_ca_certs_pool: true }),
      ...(tlsSecretRef
        ? {
            cert_file: `${KAFKA_AUTH_FOLDER}/${tlsSecretRef.certificateKey}`,
            key_file: `${KAFKA_AUTH_FOLDER}/${tlsSecretRef.privateKeyKey}`,
          }
        : {}),
      reload_interval: "1m",
      min_version: "1.2",
    },
    ...(saslSecretRef
      ? {
          auth: {
            sasl: {
              username: saslSecretRef.username,
              password: `\${env:${PASSWORD}}`,
              mechanism: saslSecretRef.mechanism,
            },
          },
        }
      : {}),
  };
}

/** What a pod with such a client has beside its own. */
export interface KafkaPodParts {
  env: EnvVar[];
  volumeMounts: VolumeMount[];
  volumes: Volume[];
}

export function kafkaPodParts(
  { caSecretRef }: Kafka,
  { tlsSecretRef, saslSecretRef }: KafkaClient,
): KafkaPodParts {
  const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
  return {
    // The collector reads it once: the client has no way to read a password again. It takes it for YAML, whose text is
    // what counts in the end; only a map with a key that is no text is refused, and a `$` replaced (confmap 1.58,
    // NewRetrievedFromYAML and expandValue).
    env: saslSecretRef
      ? [
          {
            name: PASSWORD,
            valueFrom: { secretKeyRef: { name: saslSecretRef.name, key: saslSecretRef.passwordKey } },
          },
        ]
      : [],
    volumeMounts: [
      ...(tlsSecretRef ? [mount("kafka-auth", KAFKA_AUTH_FOLDER)] : []),
      ...(caSecretRef ? [mount("kafka-ca", KAFKA_CA_FOLDER)] : []),
    ],
    volumes: [
      ...(tlsSecretRef ? [secretVolume("kafka-auth", tlsSecretRef.name)] : []),
      ...(caSecretRef ? [secretVolume("kafka-ca", caSecretRef.name)] : []),
    ],
  };
}

/** Names of the Secrets that the user makes for a client. */
export function kafkaSecrets({ caSecretRef }: Kafka, client: KafkaClient): string[] {
  const refs = [client.tlsSecretRef, client.saslSecretRef, caSecretRef];
  return refs.flatMap((ref) => (ref ? [ref.name] : []));
}
