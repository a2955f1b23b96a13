import { z } from "zod";
import { dataKey, dnsSubdomain, hasHostAndPort, secretRef, text, unique } from "./value-schemas";

/** How brokers check who a client is (otelcol configkafka 0.152, `auth.sasl.mechanism`). */
const MECHANISMS = ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] as const;

// Kafka's own rule (org.apache.kafka.common.internals.Topic); a collector replaces what is behind a `$`.
export const kafkaName = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,249}$/, "letters, digits and '._-', at most 249")
  .refine((name) => name !== "." && name !== "..", "a name other than '.' and '..'");

const broker = z
  .string()
  .max(300)
  .regex(/:\d+$/, { message: "a broker's host and port, without a scheme: kafka.example:9093", abort: true })
  .refine(
    (value) => hasHostAndPort(`https://${value}`),
    "a host name or IP address, and a port from 1 to 65535",
  );

const certificateRef = z
  .strictObject({
    name: dnsSubdomain.describe("Name of the Secret, in `global.restrictedNamespace`."),
    certificateKey: dataKey
      .default("tls.crt")
      .describe("Key of the certificate; `user.crt` in those of Strimzi."),
    privateKeyKey: dataKey
      .default("tls.key")
      .describe("Key of the private key; `user.key` in those of Strimzi."),
  })
  .describe("Secret with a client certificate: the brokers know the client by its subject.");

const passwordRef = z
  .strictObject({
    name: dnsSubdomain.describe("Name of the Secret, in `global.restrictedNamespace`."),
    username: text
      .min(1)
      .max(300)
      .refine((name) => !name.includes("$"), "a name without `$`, which a collector replaces")
      .describe("Name of the Kafka user; the API key's id at Confluent Cloud."),
    passwordKey: dataKey
      .default("password")
      .describe(
        "Key of the password in the Secret; a password of letters, digits and signs other than `$`, `:`, `{` and `?`.",
      ),
    mechanism: z
      .enum(MECHANISMS)
      .default("SCRAM-SHA-512")
      .describe("How the password is checked; `PLAIN` at Confluent Cloud. TLS is always on."),
  })
  .describe("Secret with a password. A new one takes effect when the pods are started again.");

/** How a client shows who it is. */
export const kafkaClientParts = {
  tlsSecretRef: certificateRef.optional(),
  saslSecretRef: passwordRef.optional(),
};

/** Of {@link kafkaClientParts}: who a client is, it shows in one way. */
export const hasOneCredential = (one: { tlsSecretRef?: unknown; saslSecretRef?: unknown }): boolean =>
  (one.tlsSecretRef === undefined) !== (one.saslSecretRef === undefined);
export const ONE_CREDENTIAL = { message: "either tlsSecretRef or saslSecretRef" };

function client(what: string) {
  return z.strictObject(kafkaClientParts).refine(hasOneCredential, ONE_CREDENTIAL).describe(what);
}

/** Kafka between the gateways and Elasticsearch. */
export const kafkaSchema = z
  .strictObject({
    brokers: unique(broker)
      .min(1)
      .max(50)
      .describe("Brokers to ask first, each as host:port of a listener with TLS; they name the others."),
    topic: kafkaName.default("security-raw").describe("Topic of the sensors' lines. It has to exist."),
    partitions: z
      .int()
      .min(1)
      .max(1000)
      .default(12)
      .describe("Partitions of the topic: at most so many indexers share the work."),
    consumerGroup: kafkaName.default("security-indexer").describe("Consumer group of the indexers."),
    caSecretRef: secretRef(
      "Secret with the CA certificate of the brokers; without it that of a public CA.",
      "ca.crt",
    ).optional(),
    gateway: client("Who the gateways are to Kafka: may describe and write the topic, nothing else."),
    indexer: client(
      "Who the indexers are to Kafka: may describe and read the topic and the group, nothing else.",
    ),
    indexerReplicas: z.int().min(1).max(50).default(1).describe("Indexers between Kafka and Elasticsearch."),
    drain: z
      .boolean()
      .default(false)
      .describe(
        "The last step before Kafka is switched off: new lines go to Elasticsearch directly, while the indexers read what the topic still has.",
      ),
  })
  .refine((kafka) => kafka.indexerReplicas <= kafka.partitions, {
    path: ["indexerReplicas"],
    message: "at most as many as partitions: more would have nothing to read",
  })
  .describe(
    "Sends the sensors' lines through a Kafka topic of yours; indexers make documents of them. See docs/kafka.md.",
  );

export type Kafka = z.output<typeof kafkaSchema>;
export type KafkaClient = Kafka["gateway"];
