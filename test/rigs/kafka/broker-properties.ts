import { join } from "node:path";

export interface BrokerPorts {
  controller: number;
  /** For this rig and between the brokers: in clear on this machine, with all rights. */
  admin: number;
  /** For clients with a password. */
  sasl: number;
  /** For clients with a certificate. */
  tls: number;
}

/** Any base64 UUID; the brokers of one cluster have the same. */
export const CLUSTER_ID = "c2VjdXJpdHktc3RhY2stMQ";

/** A broker that is a controller too, with ACLs: without one, nobody but this rig may do anything. */
export function brokerProperties(id: number, all: readonly BrokerPorts[], folder: string): string {
  const { controller, admin, sasl, tls } = all[id]!;
  const listeners = [
    `CONTROLLER://localhost:${controller}`,
    `ADMIN://localhost:${admin}`,
    `SASL://localhost:${sasl}`,
    `TLS://localhost:${tls}`,
  ];
  const copies = String(all.length);
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(id),
    "controller.quorum.voters": all.map((one, node) => `${node}@localhost:${one.controller}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "ADMIN",
    listeners: listeners.join(","),
    "advertised.listeners": listeners.slice(1).join(","),
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,ADMIN:PLAINTEXT,SASL:SASL_SSL,TLS:SSL",
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.sasl.scram-sha-512.sasl.jaas.config":
      "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "listener.name.tls.ssl.client.auth": "required",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": join(folder, "server.pem"),
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": join(folder, "ca.pem"),
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "allow.everyone.if.no.acl.found": "false",
    "auto.create.topics.enable": "false",
    "log.dirs": join(folder, `data-${id}`),
    "offsets.topic.replication.factor": copies,
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": "1",
    "min.insync.replicas": all.length > 1 ? "2" : "1",
    "group.initial.rebalance.delay.ms": "0",
    // A killed consumer's partitions go to the next soon.
    "group.min.session.timeout.ms": "1000",
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
