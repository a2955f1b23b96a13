import assert from "node:assert/strict";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parse } from "yaml";
import { ConfigError, type ConfigIssue } from "../../components/core/config/config-error";
import { plan } from "../../components/core/plan/plan";
import { registryFacts } from "../../components/core/plan/registry-facts";
import type { Manifest } from "../../components/kubernetes/manifest";
import { buildProgram } from "../../components/node-program/bundle";
import { programText } from "../../components/ocsf/program-text";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { judge } from "../support/policy/assertions";
import { settingsOf } from "../support/stack/config";

const USER = "{saslSecretRef: {name: kafka-user, username: stack}}";
const KAFKA = `, kafka: {brokers: ["kafka.example:9093"], partitions: 4, gateway: ${USER}, indexer: ${USER}}`;
const TOPIC = "saslSecretRef: {name: kafka-ocsf, username: ocsf}";

function config(ocsf: string, output = KAFKA) {
  const elasticsearch = 'elasticsearch: {endpoints: ["https://es.example:9200"]}';
  return `global: {clusterName: dev}\noutput: {${elasticsearch}${output}}\nfeatures: [{name: otel_pipeline}, {name: falco}, {name: ocsf, config: ${ocsf}}]`;
}

const planned = (ocsf: string, output?: string) => plan(settingsOf(config(ocsf, output), FEATURES));

function contribution(ocsf: string, feature: string) {
  return planned(ocsf).features.find(({ name }) => name === feature)!.contribution;
}

function find<Kind extends Manifest["kind"]>(manifests: readonly Manifest[], kind: Kind, name: string) {
  const found = manifests.find((m) => m.kind === kind && m.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found as Extract<Manifest, { kind: Kind }>;
}

function issuesOf(ocsf: string, output?: string): readonly ConfigIssue[] {
  try {
    planned(ocsf, output);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the config was accepted");
}

const ofPipeline = (topic = TOPIC) => contribution(`{kafka: {${topic}}}`, "otel_pipeline");

function deployment(topic?: string): NonNullable<Deployment["spec"]> {
  return (find(ofPipeline(topic).manifests, "Deployment", "sink-ocsf") as Deployment).spec!;
}

describe("OCSF events in a topic of Kafka", () => {
  it("are made by a program beside a collector, which alone speaks to Kafka", () => {
    const { data } = find(ofPipeline().manifests, "ConfigMap", "sink-ocsf-config");
    const { receivers, exporters, service } = parse(data!["config.yaml"]!) as CollectorConfig;
    const { group_id, logs, initial_offset } = receivers["kafka/ocsf"]!;
    assert.deepEqual([group_id, initial_offset], ["security-ocsf", "earliest"]);
    assert.deepEqual(logs, { topics: ["security-raw"], encoding: "otlp_proto" });
    assert.deepEqual(exporters["kafka/ocsf"]!["logs"], { topic: "security-ocsf", encoding: "raw" });
    assert.deepEqual(
      (exporters["kafka/ocsf"]!["producer"] as { required_acks: string }).required_acks,
      "all",
    );
    assert.deepEqual(service.pipelines["logs/falco"]!.exporters, ["otlp_http"]);
    assert.deepEqual(service.pipelines["logs/converted"], {
      receivers: ["otlp"],
      processors: ["memory_limiter"],
      exporters: ["kafka/ocsf"],
    });
  });

  it("hand over documents and events within the pod alone", () => {
    const { data } = find(ofPipeline().manifests, "ConfigMap", "sink-ocsf-config");
    const { receivers, exporters } = parse(data!["config.yaml"]!) as CollectorConfig;
    const [, program] = deployment().template.spec!.containers;
    const variables = Object.fromEntries(program!.env!.map(({ name, value }) => [name, value]));
    assert.deepEqual(receivers["otlp"], { protocols: { http: { endpoint: "127.0.0.1:4318" } } });
    assert.equal(variables["EVENTS_URL"], "http://127.0.0.1:4318");
    assert.equal(variables["DOCUMENTS_URL"], exporters["otlp_http"]!["endpoint"]);
  });

  it("have pods that policies for production take, with both containers in one row of the sizing", () => {
    const { replicas, template } = deployment(`${TOPIC}, replicas: 2`);
    assert.equal(replicas, 2);
    const { containers, automountServiceAccountToken } = template.spec!;
    assert.deepEqual(
      containers.map(({ name, resources }) => [
        name,
        resources!.requests!["memory"],
        resources!.limits!["memory"],
      ]),
      [
        ["sink", "128Mi", "256Mi"],
        ["ocsf-converter", "96Mi", "256Mi"],
      ],
    );
    assert.equal(automountServiceAccountToken, false);
    const password = containers[0]!.env!.find(({ name }) => name === "KAFKA_PASSWORD");
    assert.deepEqual(password!.valueFrom!.secretKeyRef, { name: "kafka-ocsf", key: "password" });
    assert.ok(!JSON.stringify(containers[1]).includes("kafka-ocsf"), "the program has no credential");
  });

  it("have pods that reach brokers and nothing else, and are scraped at both programs", () => {
    const { spec } = find(ofPipeline().manifests, "NetworkPolicy", "sink-ocsf") as NetworkPolicy;
    assert.deepEqual(
      spec!.egress!.map(({ ports }) => ports!.map(({ port }) => port)),
      [[9093]],
    );
    assert.deepEqual(
      spec!.ingress!.flatMap(({ ports }) => ports!.map(({ port }) => port)),
      [8888, 8080],
    );
  });

  it("wait for their Secret under a condition of their own, and hold up nothing else", () => {
    const { conditions, nextSteps } = ofPipeline();
    const own = conditions.find(({ type }) => type === "SinkReady-ocsf");
    assert.match(own!.until!, /sink-ocsf starts once .* has the Secret kafka-ocsf/);
    assert.ok(nextSteps!.some((step) => step.includes("sink-ocsf")));
  });

  it("take the place of the files, or come beside them", () => {
    const only = contribution(`{kafka: {${TOPIC}}}`, "ocsf");
    assert.deepEqual([only.manifests, only.apiKeys], [[], undefined]);
    const both = contribution(`{kafka: {${TOPIC}}, volumeClaim: {}}`, "ocsf");
    assert.ok(both.manifests.some(({ kind }) => kind === "CronJob"));
    assert.equal(both.documentConverters?.length, 1);
  });

  it("leave all other collectors as they are", () => {
    const without = contribution("{}", "otel_pipeline").manifests;
    const others = ofPipeline().manifests.filter(({ metadata }) => !/ocsf/.test(metadata.name ?? ""));
    assert.deepEqual(others, without);
  });

  it("are refused where nobody writes the lines, or somebody reads or writes the same", () => {
    const paths = (topic: string, output?: string) =>
      issuesOf(`{kafka: {${TOPIC}${topic}}}`, output).map(({ code, path }) => [code, path]);
    assert.deepEqual(paths("", ""), [["CFG004", "security-stack:output.kafka"]]);
    const at = "security-stack:features[2].config.kafka";
    assert.deepEqual(paths(", topic: security-raw"), [["CFG003", `${at}.topic`]]);
    assert.deepEqual(paths(", consumerGroup: security-indexer"), [["CFG003", `${at}.consumerGroup`]]);
    const otlp = `otlp: [{name: siem, endpoint: "https://siem.example", kafka: {saslSecretRef: {name: a, username: a}, consumerGroup: security-ocsf}}]`;
    assert.deepEqual(paths("", `${KAFKA}, ${otlp}`), [["CFG003", `${at}.consumerGroup`]]);
    assert.deepEqual(paths(", replicas: 5"), [["CFG003", `${at}.replicas`]]);
    assert.deepEqual(
      issuesOf("{kafka: {}}").map(({ path }) => path),
      [at],
    );
  });

  it("miss what comes while Kafka is drained, which the plan says", () => {
    const found = planned(`{kafka: {${TOPIC}}}`, KAFKA.replace("partitions", "drain: true, partitions"));
    const { warnings } = found.features.find(({ name }) => name === "otel_pipeline")!.contribution;
    assert.ok(warnings!.some((one) => one.startsWith("sink-ocsf gets no new lines")));
  });

  it("have a program of the same bytes each time, which fits into a ConfigMap", () => {
    const text = programText(registryFacts(FEATURES).documents, "convertTopic");
    const program = buildProgram({ text });
    assert.equal(program, buildProgram({ text }));
    assert.ok(Buffer.byteLength(program) < 450 * 1024, `${Buffer.byteLength(program)} bytes`);
  });

  it("pass the policies of production", () => {
    const verdicts = (ocsf: string) => {
      const { platform, features } = planned(ocsf);
      const objects = [...platform, ...features.flatMap(({ contribution }) => contribution.manifests)];
      return POLICIES.flatMap((policy) => judge(policy, objects).violations);
    };
    const before = verdicts("{}");
    assert.deepEqual(
      verdicts(`{kafka: {${TOPIC}, replicas: 2}}`).filter((one) => !before.includes(one)),
      [],
    );
  });
});
