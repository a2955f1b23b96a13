import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parse } from "yaml";
import type { Feature } from "../../components/core/contract/feature";
import { plan } from "../../components/core/plan/plan";
import { newPortions, nextPosition } from "../../components/forwarding/position";
import type { Manifest } from "../../components/kubernetes/manifest";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { FEATURES } from "../../components/registry";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { configReference } from "../../tools/generate/config-reference";
import { Answering } from "../support/forwarding/answering";
import { MemoryStore } from "../support/forwarding/memory";
import { judge } from "../support/policy/assertions";
import { issuesOf, settingsOf } from "../support/stack/config";
import { toy } from "../support/toy/toy-sink";
import { open } from "../support/toy/toy-target";

/** The registry with a row more in the list of sinks; test/cluster/toy-tool.test.ts adds it to a checkout. */
const WITH_TOY: readonly Feature[] = FEATURES.map((feature) =>
  feature.sinks ? { ...feature, sinks: [...feature.sinks, toy] } : feature,
);

const USER = "{saslSecretRef: {name: kafka-user, username: stack}}";
const KAFKA = `kafka: {brokers: ["kafka.example:9093"], partitions: 4, gateway: ${USER}, indexer: ${USER}}`;
const TOY = 'toy: {endpoint: "https://toy.example:8443", secretRef: {name: toy-password}}';
const READING = TOY.replace(/}$/, ", replicas: 2, kafka: {saslSecretRef: {name: kafka-toy, username: toy}}}");

function config(output: string): string {
  return `global: {clusterName: dev}\noutput: {elasticsearch: {endpoints: ["https://es.example:9200"]}, ${output}}\nfeatures: [{name: otel_pipeline, config: {gatewayReplicas: 2}}, {name: falco}]`;
}

function planned(output: string) {
  const { platform, features } = plan(settingsOf(config(output), WITH_TOY));
  const { contribution } = features.find(({ name }) => name === "otel_pipeline")!;
  return { platform, contribution, manifests: contribution.manifests };
}

const own = (manifests: readonly Manifest[]) => manifests.filter(({ metadata }) => /toy/.test(metadata.name));
const names = (manifests: readonly Manifest[]) => manifests.map((m) => `${m.kind} ${m.metadata.name}`);

function dataOf(manifests: readonly Manifest[], name: string): Record<string, string> {
  const found = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name);
  assert.ok(found?.kind === "ConfigMap", name);
  return found.data ?? {};
}

function podOf(manifests: readonly Manifest[]) {
  const found = own(manifests).find(({ kind }) => kind === "Deployment") as Deployment;
  return { replicas: found.spec!.replicas, ...found.spec!.template.spec! };
}

const portsOf = (manifests: readonly Manifest[]) =>
  (own(manifests).find(({ kind }) => kind === "NetworkPolicy") as NetworkPolicy).spec!.egress!.map((rule) =>
    rule.ports!.map(({ port }) => port),
  );

describe("a sink added by its two files and its row in the list of sinks", () => {
  it("has collectors of its own with Kafka", () => {
    const { manifests, contribution } = planned(`${KAFKA}, ${READING}`);
    assert.deepEqual(names(own(manifests)), [
      "ServiceAccount sink-toy",
      "ConfigMap sink-toy-config",
      "PodDisruptionBudget sink-toy",
      "Deployment sink-toy",
      "NetworkPolicy sink-toy",
    ]);
    const text = dataOf(manifests, "sink-toy-config")["config.yaml"]!;
    const { exporters, receivers, processors, service } = parse(text) as CollectorConfig;
    assert.deepEqual(Object.keys(exporters), ["otlp_http/toy"]);
    assert.equal(receivers["kafka/toy"]!["group_id"], "security-toy");
    assert.ok(processors["transform/record"]);
    assert.ok(service.extensions.includes("bearertokenauth/toy"));
    const { replicas, volumes } = podOf(manifests);
    assert.equal(replicas, 2);
    assert.ok(volumes!.some(({ secret }) => secret?.secretName === "toy-password"));
    assert.deepEqual(portsOf(manifests), [[8443], [9093]]);
    assert.ok(contribution.conditions.some(({ type }) => type === "SinkReady-toy"));
  });

  it("has a program of its own without Kafka, with its target and no other", () => {
    const { manifests, contribution } = planned(TOY);
    assert.deepEqual(names(own(manifests)), [
      "ServiceAccount sink-toy",
      "ConfigMap sink-toy-position",
      "Role sink-toy-position",
      "RoleBinding sink-toy-position",
      "ConfigMap sink-toy-program",
      "Deployment sink-toy",
      "NetworkPolicy sink-toy",
    ]);
    const { "sink.js": program, "destination.json": destination } = dataOf(manifests, "sink-toy-program");
    assert.deepEqual(JSON.parse(destination!), {
      url: "https://toy.example:8443",
      passwordFile: "/etc/sink-auth/password",
    });
    assert.ok(program!.includes("the toy answered"));
    for (const other of ["PutLogEvents", "PutObject", "resourceLogs"]) assert.ok(!program!.includes(other));
    assert.deepEqual(
      podOf(manifests)
        .volumes!.find(({ name }) => name === "sink-auth")!
        .secret!.items!.map(({ key }) => key),
      ["password"],
    );
    assert.deepEqual(portsOf(manifests), [[8443], [9200], [443, 6443]]);
    assert.ok(contribution.apiKeys!.some(({ name }) => name === "sink-toy"));
    assert.match(
      contribution.nextSteps!.join("\n"),
      /sink-toy starts once .* toy-password and sink-toy-api-key/,
    );
  });

  it("leaves all others as they are", () => {
    const before = planned(KAFKA).manifests;
    for (const output of [`${KAFKA}, ${READING}`, `${KAFKA}, ${TOY}`]) {
      const { manifests } = planned(output);
      assert.deepEqual(
        manifests.filter((one) => !own([one]).length),
        before,
      );
    }
  });

  it("passes the policies of production", () => {
    const verdicts = (output: string) => {
      const { platform, manifests } = planned(output);
      return POLICIES.flatMap((policy) => judge(policy, [...platform, ...manifests]).violations);
    };
    const before = verdicts(KAFKA);
    const found = [`${KAFKA}, ${READING}`, `${KAFKA}, ${TOY}`].flatMap(verdicts);
    assert.deepEqual(
      found.filter((one) => !before.includes(one)),
      [],
    );
  });

  it("is checked as every sink is, and has its keys in the config reference", () => {
    const paths = (output: string, registry: readonly Feature[]) =>
      issuesOf(config(output), registry).map(({ code, path: place }) => `${code} ${place}`);
    assert.deepEqual(paths(TOY.replace("endpoint", "endpiont"), WITH_TOY), [
      "CFG001 security-stack:output.toy.endpiont",
      "CFG004 security-stack:output.toy.endpoint",
    ]);
    assert.deepEqual(paths(READING, WITH_TOY), ["CFG004 security-stack:output.kafka"]);
    assert.deepEqual(paths(TOY.replace(/}$/, ", replicas: 2}"), WITH_TOY), [
      "CFG003 security-stack:output.toy.replicas",
    ]);
    assert.deepEqual(paths(TOY, FEATURES), ["CFG001 security-stack:output.toy"]);
    assert.match(
      configReference(WITH_TOY),
      /\| `toy\.endpoint` \| string \| required \| Where the toy listens\. \|/,
    );
  });

  it("sends by its target", async () => {
    const there = await Answering.start();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-toy-sink-"));
    const passwordFile = path.join(folder, "password");
    fs.writeFileSync(passwordFile, "hidden");
    const target = open({ url: there.url, passwordFile }, () => {
      throw new Error("it has no role");
    });
    try {
      const store = new MemoryStore();
      store.add("a", 3);
      const start = Date.parse("2026-11-30T10:00:00.000Z");
      const seen = await nextPosition(store, ["a"], { done: {} }, new Date(start));
      for await (const portion of newPortions(store, seen, new Date(start + 60_000)))
        assert.deepEqual(await target.destination.take(portion), { sent: 3, refused: [] });
      assert.deepEqual(
        there.requests.map(({ url, headers }) => [url, headers["x-password"]]),
        Array.from({ length: 3 }, () => ["/toys", "hidden"]),
      );
    } finally {
      await target.close();
      await there.stop();
      fs.rmSync(folder, { recursive: true });
    }
  });
});
