import assert from "node:assert/strict";
import { plan } from "../../components/core/plan/plan";
import { RESTRICTED } from "../../components/kubernetes/pods";
import { FEATURES } from "../../components/registry";
import { settingsOf } from "../support/stack/config";

const SENSORS = "features: [{name: otel_pipeline}, {name: trivy}]\n";

function planOf(elasticsearch: string, more = "") {
  const text = `global: {clusterName: dev}\n${SENSORS}output: {elasticsearch: {${elasticsearch}}}\n${more}`;
  return plan(settingsOf(text, FEATURES));
}

const elasticOf = (planned: ReturnType<typeof plan>) =>
  planned.features.find(({ name }) => name === "elastic")?.contribution;

/** A field of the custom object of that kind, by its path in the spec. */
function specOf(planned: ReturnType<typeof plan>, kind: string, ...path: (string | number)[]): unknown {
  const object = elasticOf(planned)?.customObjects?.find((candidate) => candidate.kind === kind);
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], object?.spec);
}

/** Paths of empty lists, maps and texts. `zoneAwareness: {}` is a pointer in ECK's types, which stays. */
function emptyFields(value: unknown, path = ""): string[] {
  if (path.endsWith(".zoneAwareness")) return [];
  if (value === "") return [path];
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  if (entries.length === 0) return [path];
  return entries.flatMap(([key, item]) => emptyFields(item, `${path}.${key}`));
}

describe("plan of a managed Elasticsearch", () => {
  it("is nothing at all for one that exists", () => {
    const planned = planOf('endpoints: ["https://es.example:9200"]');
    assert.equal(elasticOf(planned), undefined);
    assert.ok(planned.disabled.includes("elastic"));
  });

  it("is where the gateway and the reporter write to, with its certificate and without a key to bring", () => {
    const planned = planOf("managed: {}");
    const text = JSON.stringify(planned.features);
    assert.ok(text.includes("https://security-es-http.security-pipeline.svc:9200"));
    assert.ok(text.includes("security-es-http-certs-public"));
    assert.deepEqual(
      planned.nextSteps.filter((step) => /Secret/.test(step)),
      [],
    );
    const exists = planOf('managed: {}, endpoints: ["https://es.example:9200"]', "toggle: {elastic: false}");
    assert.ok(!JSON.stringify(exists.features).includes("security-es-http"));
    assert.equal(exists.nextSteps.filter((step) => /Secret/.test(step)).length, 2);
  });

  it("says where nobody makes the templates, without which the first event makes a plain index", () => {
    const steps = (elasticsearch: string) =>
      planOf(elasticsearch).nextSteps.filter((step) => /index templates of security-events/.test(step));
    assert.deepEqual(steps("managed: {}"), []);
    assert.equal(steps("managed: {}, objects: {enabled: false}").length, 1);
    assert.equal(steps('endpoints: ["https://es.example:9200"]').length, 1);
  });

  it("keeps the volumes unless it is told otherwise, and says so then", () => {
    const policy = (of: ReturnType<typeof plan>) => specOf(of, "Elasticsearch", "volumeClaimDeletePolicy");
    assert.equal(policy(planOf("managed: {}")), "DeleteOnScaledownOnly");
    const planned = planOf("managed: {keepData: false}");
    assert.equal(policy(planned), "DeleteOnScaledownAndClusterDeletion");
    assert.ok(planned.warnings.some((warning) => /keepData/.test(warning)));
  });

  it("keeps the namespace that the volumes are in, says so, and lets it go where no data is kept", () => {
    const planned = planOf("managed: {}");
    assert.deepEqual(planned.keptNamespaces, ["security-pipeline"]);
    assert.ok(planned.nextSteps.some((step) => /kubectl delete namespace security-pipeline/.test(step)));
    assert.deepEqual(planOf("managed: {keepData: false}").keptNamespaces, []);
    assert.deepEqual(planOf('endpoints: ["https://es.example:9200"]').keptNamespaces, []);
  });

  it("keeps that namespace while it is switched off, whoever is used meanwhile", () => {
    const alone = planOf("managed: {}", "toggle: {elastic: false, otel_pipeline: false, trivy: false}");
    assert.equal(elasticOf(alone), undefined);
    assert.deepEqual(alone.keptNamespaces, ["security-pipeline"]);
    const other = planOf('managed: {}, endpoints: ["https://es.example:9200"]', "toggle: {elastic: false}");
    assert.deepEqual(other.keptNamespaces, ["security-pipeline"]);
    assert.deepEqual(
      other.warnings.filter((warning) => /endpoints is ignored/.test(warning)),
      [],
    );
  });

  it("gives the operator no field that it leaves out when it writes an object back, and takes its own back by force", () => {
    for (const elasticsearch of ["managed: {}", "managed: {preset: production}"])
      for (const { kind, metadata, spec } of elasticOf(planOf(elasticsearch))!.customObjects!) {
        assert.equal(metadata.annotations?.["pulumi.com/patchForce"], "true", kind);
        assert.deepEqual(emptyFields(spec), [], kind);
        assert.doesNotMatch(JSON.stringify(spec), /"disableElasticUser":false/);
      }
  });

  it("says that nodes without a zone take none of it where it is spread over zones", () => {
    const zones = (elasticsearch: string) =>
      planOf(elasticsearch).warnings.filter((line) => /no label topology.kubernetes.io\/zone/.test(line));
    assert.equal(zones("managed: {preset: production}").length, 1);
    assert.deepEqual(zones("managed: {preset: production, zoneAwareness: false}"), []);
    assert.deepEqual(zones("managed: {}"), []);
  });

  it("is one node for a proof of concept, three over zones in production", () => {
    const nodes = (planned: ReturnType<typeof plan>) => specOf(planned, "Elasticsearch", "nodeSets", 0);
    const poc = nodes(planOf("managed: {}")) as Record<string, unknown>;
    assert.deepEqual([poc["count"], poc["zoneAwareness"]], [1, undefined]);
    const planned = planOf("managed: {preset: production}");
    const production = nodes(planned) as Record<string, unknown>;
    assert.deepEqual([production["count"], production["zoneAwareness"]], [3, {}]);
    assert.equal(specOf(planned, "Kibana", "count"), 2);
    const kinds = elasticOf(planned)?.manifests.map(({ kind }) => kind) ?? [];
    assert.ok(kinds.includes("PodDisruptionBudget") && kinds.includes("ClusterRole"));
    const pocKinds = elasticOf(planOf("managed: {}"))?.manifests.map(({ kind }) => kind) ?? [];
    assert.deepEqual([...new Set(pocKinds)].sort(), ["NetworkPolicy", "ServiceAccount"]);
  });

  it("warns of a heap that is too small for its load", () => {
    const warned = (memory: string) =>
      planOf(
        "managed: {}",
        `override: {elasticsearch: {resources: {requests: {memory: 1Gi}, limits: {memory: ${memory}}}}}`,
      ).warnings.filter((warning) => /heap.*2Gi or more \(override\.elasticsearch/.test(warning));
    assert.equal(warned("1500Mi").length, 1);
    assert.equal(warned("2Gi").length, 0);
  });

  it("takes overrides of its three workloads", () => {
    const planned = planOf(
      "managed: {}",
      "override: {elasticsearch: {replicas: 5, image: 'mirror.example/es:9.4.3'}, kibana: {resources: {limits: {memory: 3Gi}}}}",
    );
    assert.equal(specOf(planned, "Elasticsearch", "nodeSets", 0, "count"), 5);
    assert.equal(specOf(planned, "Elasticsearch", "image"), "mirror.example/es:9.4.3");
    const container = ["podTemplate", "spec", "containers", 0] as const;
    assert.equal(specOf(planned, "Kibana", ...container, "resources", "limits", "memory"), "3Gi");
  });

  it("has ECK's keystore container of Kibana's pods meet the level of their namespace", () => {
    const [container] = specOf(planOf("managed: {}"), "Kibana", "podTemplate", "spec", "initContainers") as {
      name: string;
      securityContext: object;
    }[];
    assert.equal(container?.name, "elastic-internal-init-keystore");
    assert.deepEqual(container?.securityContext, RESTRICTED);
  });

  it("lets those in that hold a key, and no other pod of the namespace", () => {
    const { manifests } = elasticOf(planOf("managed: {}"))!;
    const found = manifests.find(
      ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "elasticsearch",
    );
    assert.ok(found?.kind === "NetworkPolicy");
    const names = found.spec?.ingress?.[0]?.from?.map(({ podSelector }) => JSON.stringify(podSelector)) ?? [];
    assert.equal(names.length, 5);
    assert.ok(names.every((selector) => /matchLabels/.test(selector)));
    assert.ok(names.some((selector) => selector.includes("trivy-reporter")));
  });

  it("has no secret in it", () => {
    assert.doesNotMatch(JSON.stringify(planOf("managed: {}")), /password"?:\s*"[^"]/i);
  });
});
