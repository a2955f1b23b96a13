import { PipelineRig, type RigOptions } from "../pipeline/rig";
import type { RigStore } from "../pipeline/rig-secrets";
import type { KafkaBrokers } from "./brokers";

export const TOPIC = "security-raw";
export const GROUP = "security-indexer";
export const PARTITIONS = 4;

/** Users of the brokers; the passwords have what YAML and a shell would take for something else. */
export const GATEWAY_USER = { name: "stack-gateway", password: `0#1{x}[q"\\%&*!@~'+/=,.;|<>` };
export const INDEXER_USER = { name: "stack-indexer", password: "1e3" };

/** Topic, users and ACLs as docs/kafka.md says: each may do its part and nothing else. */
export async function prepareKafka(kafka: KafkaBrokers, config: Record<string, string> = {}): Promise<void> {
  await kafka.createTopic(TOPIC, PARTITIONS, config);
  for (const { name, password } of [GATEWAY_USER, INDEXER_USER]) await kafka.setUser(name, password);
  await allowGateway(kafka, `User:${GATEWAY_USER.name}`);
  await allowIndexer(kafka, `User:${INDEXER_USER.name}`);
}

export async function allowGateway(kafka: KafkaBrokers, principal: string): Promise<void> {
  await kafka.allow(principal, "TOPIC", TOPIC, ["WRITE", "DESCRIBE"]);
}

export async function allowIndexer(kafka: KafkaBrokers, principal: string): Promise<void> {
  await kafka.allow(principal, "TOPIC", TOPIC, ["READ", "DESCRIBE"]);
  await kafka.allow(principal, "GROUP", GROUP, ["READ", "DESCRIBE"]);
}

/** `output.kafka` for these brokers. */
export function kafkaConfig(
  kafka: KafkaBrokers,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const client = ({ name }: { name: string }) => ({ saslSecretRef: { name: "kafka-user", username: name } });
  return {
    brokers: kafka.saslBrokers,
    topic: TOPIC,
    partitions: PARTITIONS,
    consumerGroup: GROUP,
    caSecretRef: { name: "kafka-ca" },
    gateway: client(GATEWAY_USER),
    indexer: client(INDEXER_USER),
    ...more,
  };
}

/** The pipeline with Kafka in between. */
export function kafkaPipeline(
  server: RigStore,
  kafka: KafkaBrokers,
  more: Record<string, unknown> = {},
  options: RigOptions = {},
): Promise<PipelineRig> {
  return PipelineRig.create(server, {
    ...options,
    kafka: {
      config: kafkaConfig(kafka, more),
      ca: kafka.certificates.caCertificate,
      passwords: { gateway: GATEWAY_USER.password, indexer: INDEXER_USER.password },
      clientCertificate: {
        certificate: kafka.certificates.clientCertificate,
        key: kafka.certificates.clientKey,
      },
    },
  });
}
