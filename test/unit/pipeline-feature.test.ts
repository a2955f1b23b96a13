import assert from "node:assert/strict";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { parseConfig } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { readiness } from "../../components/kubernetes/conditions";
import type { Manifest } from "../../components/kubernetes/manifest";
import { otelPipeline } from "../../components/pipeline/pipeline-feature";
import { FEATURES } from "../../components/registry";
import { issuesOf, MINIMAL, rawConfig, settingsOf } from "../support/stack/config";
import { toyFeature } from "../support/toy/toy-feature";

const REGISTRY = [otelPipeline, toyFeature()];

function planned(config = "{}", more = "") {
  const text = `${MINIMAL}features: [{name: otel_pipeline, config: ${config}}, {name: toy}]\n${more}`;
  const found = plan(settingsOf(text, REGISTRY)).features.find((f) => f.name === "otel_pipeline");
  return found!.contribution;
}

function find<Kind extends Manifest["kind"]>(manifests: Manifest[], kind: Kind, name: string) {
  const found = manifests.find((m) => m.kind === kind && m.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found as Extract<Manifest, { kind: Kind }>;
}

function egressTo(endpoint: string) {
  const text = `global: {clusterName: dev}\noutput: {elasticsearch: {endpoints: ["${endpoint}"]}}\nfeatures: [{name: otel_pipeline}]\n`;
  const { manifests } = plan(settingsOf(text, [otelPipeline])).features[0]!.contribution;
  return (find(manifests, "NetworkPolicy", "gateway") as NetworkPolicy).spec!.egress;
}

describe("otel_pipeline", () => {
  it("reads what the toy tool writes", () => {
    const { data } = find(planned().manifests, "ConfigMap", "node-collector-config");
    assert.match(data!["config.yaml"]!, /\/var\/log\/security\/toy\/\*\.log/);
  });

  it("rolls the pods when their configuration changes, and only then", () => {
    const checksums = (config: string) =>
      (["DaemonSet", "StatefulSet"] as const).map((kind) => {
        const name = kind === "DaemonSet" ? "node-collector" : "gateway";
        return find(planned(config).manifests, kind, name).spec!.template.metadata!.annotations![
          "checksum/config"
        ];
      });
    assert.deepEqual(checksums("{}"), checksums("{}"));
    const [node, gateway] = checksums("{}");
    const [changedNode, sameGateway] = checksums("{queue: {nodeMegabytes: 100}}");
    assert.notEqual(changedNode, node);
    assert.equal(sameGateway, gateway);
  });

  it("rolls the pods of both sides when their certificates are made anew", () => {
    const templates = (config: string) =>
      (["DaemonSet node-collector", "StatefulSet gateway"] as const).map((id) => {
        const [kind, name] = id.split(" ") as ["DaemonSet" | "StatefulSet", string];
        return JSON.stringify(
          find(planned(config).manifests, kind, name).spec!.template.metadata!.annotations,
        );
      });
    const [node, gateway] = templates("{}");
    const [laterNode, laterGateway] = templates("{certificates: {generation: 2}}");
    assert.notEqual(laterNode, node);
    assert.notEqual(laterGateway, gateway);
  });

  it("gives the gateway nothing that Pod Security restricted refuses", () => {
    const { template } = find(planned().manifests, "StatefulSet", "gateway").spec!;
    const [container] = template.spec!.containers;
    assert.equal(template.spec!.securityContext!.runAsNonRoot, true);
    assert.equal(template.spec!.securityContext!.seccompProfile!.type, "RuntimeDefault");
    assert.deepEqual(container!.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ["ALL"] },
    });
    assert.equal(template.spec!.automountServiceAccountToken, false);
    assert.ok(template.spec!.volumes!.every((volume) => volume.configMap || volume.secret));
  });

  it("lets the node collector write only to its own folder on the node", () => {
    const { template } = find(planned().manifests, "DaemonSet", "node-collector").spec!;
    const hostPaths = template.spec!.volumes!.filter((volume) => volume.hostPath);
    const writable = template.spec!.containers[0]!.volumeMounts!.filter((mount) => !mount.readOnly);
    assert.deepEqual(
      hostPaths.map((volume) => volume.hostPath!.path),
      ["/var/log/security", "/var/lib/security-stack/node-collector"],
    );
    assert.deepEqual(
      writable.map((mount) => mount.name),
      ["state"],
    );
    assert.deepEqual(template.spec!.containers[0]!.securityContext!.capabilities, { drop: ["ALL"] });
  });

  it("has no access to the API: what a document says of its pod is in the event", () => {
    const { manifests } = planned();
    const pods = [find(manifests, "DaemonSet", "node-collector"), find(manifests, "StatefulSet", "gateway")];
    for (const pod of pods) assert.equal(pod.spec!.template.spec!.automountServiceAccountToken, false);
    assert.deepEqual(
      manifests.filter((m) => /Role/.test(m.kind)),
      [],
    );
  });

  it("protects several gateways from a drain of their nodes, and does not block the drain of a single one", () => {
    const budgets = (config: string) =>
      planned(config).manifests.filter((m) => m.kind === "PodDisruptionBudget").length;
    assert.equal(budgets("{gatewayReplicas: 3}"), 1);
    assert.equal(budgets("{gatewayReplicas: 1}"), 0);
  });

  it("does not wait for a gateway whose Secrets the user brings, and says so in its condition", () => {
    const of = (output: string) => {
      const text = `global: {clusterName: dev}\noutput: {elasticsearch: {${output}}}\nfeatures: [{name: otel_pipeline}]\n`;
      const { contribution } = plan(
        parseConfig(
          {
            ...rawConfig(text),
            encrypted: text.includes("apiKey:") ? [["output", "elasticsearch", "apiKey"]] : [],
          },
          FEATURES,
        ),
      ).features.find(({ name }) => name === "otel_pipeline")!;
      const { annotations } = find(contribution.manifests, "StatefulSet", "gateway").metadata;
      return { annotations, until: contribution.conditions[0]?.until };
    };
    const exists = 'endpoints: ["https://es.example:9200"]';
    const skips = { "pulumi.com/skipAwait": "true" };
    const waits = { "pulumi.com/timeoutSeconds": "1500" };
    const brought = of(`${exists}, caSecretRef: {name: es-ca}`);
    assert.deepEqual(brought.annotations, skips);
    assert.match(
      brought.until!,
      /namespace security-pipeline has the Secrets elasticsearch-api-key and es-ca/,
    );
    assert.deepEqual(of("managed: {}, objects: {enabled: false}").annotations, skips);
    assert.deepEqual(of(`${exists}, secretsExist: true`).annotations, {});
    assert.deepEqual(of("managed: {}"), { annotations: waits, until: undefined });
    assert.deepEqual(of(`${exists}, apiKey: key`), { annotations: {}, until: undefined });
    const statefulSet = { kind: "StatefulSet", namespace: "a", name: "gateway" } as const;
    const waiting = readiness({ type: "PipelineReady", workloads: [statefulSet], until: brought.until! }, [
      { kind: "StatefulSet", metadata: statefulSet, spec: { replicas: 1 }, status: {} },
    ]);
    assert.deepEqual([waiting.status, waiting.message], ["False", `0/1 pods ready: the ${brought.until}`]);
  });

  it("takes the number of gateways from the config, and from the override first", () => {
    const replicas = (config: string, more = "") =>
      find(planned(config, more).manifests, "StatefulSet", "gateway").spec!.replicas;
    assert.equal(replicas("{gatewayReplicas: 3}"), 3);
    assert.equal(replicas("{gatewayReplicas: 3}", "override: {gateway: {replicas: 5}}"), 5);
  });

  it("sets Go's memory limit below the container's, an override included", () => {
    const more = "override: {nodeAgent: {resources: {limits: {memory: 512Mi}}}}";
    const { template } = find(planned("{}", more).manifests, "DaemonSet", "node-collector").spec!;
    const limit = template.spec!.containers[0]!.env!.find((e) => e.name === "GOMEMLIMIT")!.value;
    assert.equal(limit, String(Math.floor(512 * 2 ** 20 * 0.8)));
  });

  it("holds no secret: neither the API key nor a certificate is in the plan", () => {
    const text = `global: {clusterName: dev}\noutput: {elasticsearch: {endpoints: ["https://es.example:9200"]}}\nfeatures: [{name: otel_pipeline}]\n`;
    const json = JSON.stringify(plan(settingsOf(text, [otelPipeline])));
    assert.equal(/PRIVATE KEY|BEGIN CERTIFICATE/.test(json), false);
    assert.equal(json.includes('"kind":"Secret"'), false);
  });

  const peers: [string, string, unknown, number][] = [
    [
      "a Service",
      "https://es-http.elastic.svc:9200",
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "elastic" } } },
      9200,
    ],
    [
      "a Service with the cluster's domain",
      "https://es-http.elastic.svc.cluster.local",
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "elastic" } } },
      443,
    ],
    ["an IPv4 address", "https://10.1.2.3:9200", { ipBlock: { cidr: "10.1.2.3/32" } }, 9200],
    ["an IPv6 address", "https://[fd00::1]:9200", { ipBlock: { cidr: "fd00::1/128" } }, 9200],
    ["a host outside", "https://es.example.com", { ipBlock: { cidr: "0.0.0.0/0" } }, 443],
  ];
  for (const [what, endpoint, peer, port] of peers)
    it(`opens the gateway's way to Elasticsearch at ${what}, on its port only`, () => {
      const [rule] = egressTo(endpoint)!;
      assert.deepEqual(rule!.to![0], peer);
      assert.deepEqual(rule!.ports, [{ protocol: "TCP", port }]);
    });

  const invalid: [string, RegExp][] = [
    ["{gatewayReplicas: 0}", /gatewayReplicas/],
    ["{nodeLogBasePath: var/log}", /nodeLogBasePath/],
    ["{nodeLogBasePath: /var/log/../etc/}", /nodeLogBasePath/],
    ["{queue: {gatewaySize: '5'}}", /gatewaySize/],
    ["{queue: {nodeMegabytes: 1}}", /nodeMegabytes/],
    ["{flushInterval: soon}", /flushInterval/],
    ["{certificates: {validityDays: 30, warnBeforeDays: 30}}", /warnBeforeDays/],
    ["{metrics: {port: 80}}", /metrics/],
    ["{gatewayReplica: 2}", /gatewayReplica/],
  ];
  for (const [config, path] of invalid)
    it(`refuses ${config}`, () => {
      const issues = issuesOf(`${MINIMAL}features: [{name: otel_pipeline, config: ${config}}]\n`, REGISTRY);
      assert.match(JSON.stringify(issues), path);
    });
});
