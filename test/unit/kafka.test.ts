import assert from "node:assert/strict";
import type { Deployment, StatefulSet } from "kubernetes-types/apps/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parse } from "yaml";
import { plan } from "../../components/core/plan/plan";
import type { Manifest } from "../../components/kubernetes/manifest";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { judge } from "../support/policy/assertions";
import { issuesOf, settingsOf } from "../support/stack/config";

const USER = "{saslSecretRef: {name: kafka-user, username: stack}}";
const CLIENTS = `gateway: ${USER}, indexer: ${USER}`;

function config(kafka: string | undefined, elasticsearch = '{endpoints: ["https://es.example:9200"]}') {
  const output = kafka === undefined ? "" : `, kafka: {brokers: ["kafka.example:9093"], ${kafka}}`;
  return `global: {clusterName: dev}\noutput: {elasticsearch: ${elasticsearch}${output}}\nfeatures: [{name: otel_pipeline}, {name: falco}]`;
}

function planned(kafka: string | undefined, elasticsearch?: string) {
  const found = plan(settingsOf(config(kafka, elasticsearch), FEATURES));
  return found.features.find(({ name }) => name === "otel_pipeline")!.contribution;
}

function find<Kind extends Manifest["kind"]>(manifests: readonly Manifest[], kind: Kind, name: string) {
  const found = manifests.find((m) => m.kind === kind && m.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found as Extract<Manifest, { kind: Kind }>;
}

function collectorConfig(kafka: string | undefined, name: string): CollectorConfig {
  const { data } = find(planned(kafka).manifests, "ConfigMap", `${name}-config`);
  return parse(data!["config.yaml"]!) as CollectorConfig;
}

describe("output.kafka", () => {
  it("makes an indexer, and nothing without it", () => {
    const without = planned(undefined).manifests;
    const names = (manifests: readonly Manifest[]) => manifests.map((m) => `${m.kind} ${m.metadata.name}`);
    assert.deepEqual(
      names(planned(CLIENTS).manifests).filter((name) => !names(without).includes(name)),
      ["ServiceAccount indexer", "ConfigMap indexer-config", "Deployment indexer", "NetworkPolicy indexer"],
    );
    for (const kind of ["DaemonSet", "ConfigMap"] as const)
      assert.deepEqual(
        without.filter((m) => m.kind === kind && m.metadata.name.startsWith("node-collector")),
        planned(CLIENTS).manifests.filter(
          (m) => m.kind === kind && m.metadata.name.startsWith("node-collector"),
        ),
      );
  });

  it("has the gateway send lines as they are, and what is left of its queue to Elasticsearch", () => {
    const { service, exporters, processors } = collectorConfig(CLIENTS, "gateway");
    assert.deepEqual(service.pipelines, {
      "logs/in": {
        receivers: ["otlp"],
        processors: ["memory_limiter", "groupbyattrs"],
        exporters: ["kafka"],
      },
      "logs/rest": {
        receivers: ["file_log/none"],
        processors: ["memory_limiter"],
        exporters: ["elasticsearch"],
      },
    });
    assert.deepEqual(Object.keys(processors), ["groupbyattrs", "memory_limiter"]);
    const { producer } = exporters["kafka"] as { producer: Record<string, unknown> };
    assert.equal(producer["required_acks"], "all");
    assert.equal(producer["allow_auto_topic_creation"], false);
  });

  it("has the indexer mark a record once Elasticsearch has answered", () => {
    const { receivers, exporters } = collectorConfig(CLIENTS, "indexer");
    const receiver = receivers["kafka"] as Record<string, unknown>;
    assert.equal(receiver["initial_offset"], "earliest");
    assert.deepEqual(receiver["message_marking"], {
      after: true,
      on_error: false,
      on_permanent_error: true,
    });
    const { sending_queue: queue, timeout } = exporters["elasticsearch"] as {
      sending_queue: Record<string, unknown>;
      timeout: string;
    };
    assert.equal(queue["wait_for_result"], true);
    assert.equal("storage" in queue, false);
    assert.equal(timeout, "0s");
  });

  it("makes the documents in the indexer as the gateway made them", () => {
    const gateway = collectorConfig(undefined, "gateway");
    const indexer = collectorConfig(CLIENTS, "indexer");
    assert.deepEqual(indexer.processors, gateway.processors);
    assert.deepEqual(indexer.connectors, gateway.connectors);
    const { "logs/in": _, ...rest } = indexer.service.pipelines;
    const { "logs/in": __, ...before } = gateway.service.pipelines;
    assert.deepEqual(rest, before);
  });

  it("sends past Kafka while it is drained, and what is left of the queue there", () => {
    const { service } = collectorConfig(`${CLIENTS}, drain: true`, "gateway");
    assert.deepEqual(service.pipelines["logs/rest"]!.exporters, ["kafka"]);
    assert.deepEqual(service.pipelines["logs/falco"]!.exporters, ["elasticsearch"]);
    assert.ok(find(planned(`${CLIENTS}, drain: true`).manifests, "Deployment", "indexer"));
  });

  it("keeps passwords out of the plan, and gives each its own", () => {
    const kafka =
      "gateway: {saslSecretRef: {name: writer, username: w}}, indexer: {saslSecretRef: {name: reader, username: r, mechanism: PLAIN}}";
    const { manifests } = planned(kafka);
    const env = (workload: StatefulSet | Deployment) =>
      workload.spec!.template.spec!.containers[0]!.env!.find(({ name }) => name === "KAFKA_PASSWORD");
    assert.deepEqual(env(find(manifests, "StatefulSet", "gateway") as StatefulSet)?.valueFrom, {
      secretKeyRef: { name: "writer", key: "password" },
    });
    assert.deepEqual(env(find(manifests, "Deployment", "indexer") as Deployment)?.valueFrom, {
      secretKeyRef: { name: "reader", key: "password" },
    });
    assert.deepEqual(collectorConfig(kafka, "indexer").receivers["kafka"]!["auth"], {
      sasl: { username: "r", password: "${env:KAFKA_PASSWORD}", mechanism: "PLAIN" },
    });
  });

  it("mounts a client certificate and the brokers' authority", () => {
    const kafka =
      "caSecretRef: {name: kafka-ca}, gateway: {tlsSecretRef: {name: gateway-user, certificateKey: user.crt, privateKeyKey: user.key}}, indexer: {tlsSecretRef: {name: indexer-user}}";
    const { tls } = collectorConfig(kafka, "gateway").exporters["kafka"] as { tls: object };
    assert.deepEqual(tls, {
      ca_file: "/etc/kafka-ca/ca.crt",
      cert_file: "/etc/kafka-auth/user.crt",
      key_file: "/etc/kafka-auth/user.key",
      min_version: "1.2",
      reload_interval: "1m",
    });
    const { volumes } = (find(planned(kafka).manifests, "Deployment", "indexer") as Deployment).spec!.template
      .spec!;
    assert.deepEqual(
      volumes!.flatMap(({ secret }) => secret?.secretName ?? []),
      ["elasticsearch-api-key", "indexer-user", "kafka-ca"],
    );
  });

  it("gives the indexer a key of its own where the program makes the keys", () => {
    const { apiKeys } = planned(CLIENTS, "{managed: {}}");
    assert.deepEqual(
      apiKeys!.map(({ name, secret }) => [name, secret.name]),
      [
        ["gateway", "elasticsearch-api-key"],
        ["indexer", "indexer-api-key"],
      ],
    );
    assert.deepEqual(apiKeys![0]!.roles, apiKeys![1]!.roles);
  });

  it("lets both to the brokers, and the indexer to Elasticsearch", () => {
    const egress = (kafka: string, name: string) =>
      (find(planned(kafka).manifests, "NetworkPolicy", name) as NetworkPolicy).spec!.egress!;
    const [toStore, toBroker] = egress(CLIENTS, "indexer");
    assert.deepEqual(toStore!.ports, [{ protocol: "TCP", port: 9200 }]);
    assert.deepEqual(toBroker!.ports, [{ protocol: "TCP", port: 9093 }]);
    assert.deepEqual(egress(CLIENTS, "gateway"), egress(CLIENTS, "indexer"));
  });

  it("passes the policies of production, as without", () => {
    const verdicts = (kafka: string | undefined) => {
      const { platform, features } = plan(settingsOf(config(kafka), FEATURES));
      const objects = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
      return POLICIES.flatMap((policy) => judge(policy, objects).violations);
    };
    const before = verdicts(undefined);
    assert.deepEqual(
      verdicts(`${CLIENTS}, indexerReplicas: 2`).filter((one) => !before.includes(one)),
      [],
    );
  });

  it("tells which Secrets are still to be made, each once", () => {
    const { nextSteps } = planned(`caSecretRef: {name: kafka-ca}, ${CLIENTS}`);
    assert.match(
      nextSteps!.join("\n"),
      /has the Secrets elasticsearch-api-key and kafka-user and kafka-ca for Elasticsearch and Kafka/,
    );
  });

  for (const [what, kafka, path] of [
    ["a broker without a port", `brokers: ["kafka.example"], ${CLIENTS}`, "output.kafka.brokers[0]"],
    ["a broker with a scheme", `brokers: ["tls://kafka:9093"], ${CLIENTS}`, "output.kafka.brokers[0]"],
    ["no broker", `brokers: [], ${CLIENTS}`, "output.kafka.brokers"],
    ["a topic that Kafka refuses", `topic: "a b", ${CLIENTS}`, "output.kafka.topic"],
    ["a client without a credential", `gateway: {}, indexer: ${USER}`, "output.kafka.gateway"],
    [
      "a client with two",
      `gateway: {saslSecretRef: {name: a, username: u}, tlsSecretRef: {name: b}}, indexer: ${USER}`,
      "output.kafka.gateway",
    ],
    [
      "a user name that a collector would replace",
      `gateway: {saslSecretRef: {name: a, username: "\${env:HOME}"}}, indexer: ${USER}`,
      "output.kafka.gateway.saslSecretRef.username",
    ],
    [
      "more indexers than partitions",
      `partitions: 2, indexerReplicas: 3, ${CLIENTS}`,
      "output.kafka.indexerReplicas",
    ],
    ["no indexer's credential", `gateway: ${USER}`, "output.kafka.indexer"],
  ] as const)
    it(`refuses ${what}`, () => {
      const text = `global: {clusterName: dev}\noutput: {elasticsearch: {endpoints: ["https://es.example:9200"]}, kafka: {brokers: ["kafka.example:9093"], ${kafka}}}`;
      // A key that is there twice is the second one.
      const once = kafka.startsWith("brokers") ? text.replace('brokers: ["kafka.example:9093"], ', "") : text;
      assert.deepEqual(
        issuesOf(once, FEATURES).map((issue) => issue.path),
        [`security-stack:${path}`],
      );
    });
});
