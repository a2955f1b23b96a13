import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../../components/core/config/parse";
import { planWithExtras } from "../../components/core/plan/plan";
import { FEATURES } from "../../components/registry";
import { CapabilityResources } from "../../components/stack/capability-resources";
import { FeatureComponent } from "../../components/stack/feature-component";
import { freePorts } from "../../tools/dev/cluster/ports";
import { type CollectedResource, collect } from "../support/stack/collect";
import { rawConfig } from "../support/stack/config";

const SECRET = /^kubernetes:core\/v1:Secret/;

/** The store's component without its chart, which Pulumi's mocks can't make. */
async function deploy(elasticsearch: string, secrets = {}): Promise<CollectedResource[]> {
  const text = `global: {clusterName: dev}\nfeatures: [{name: otel_pipeline}, {name: trivy}]\noutput: {elasticsearch: {${elasticsearch}}}`;
  const settings = parseConfig({ ...rawConfig(text), isSecret: () => true }, FEATURES);
  const { plan, extras } = planWithExtras(settings);
  const planned = plan.features.find(({ name }) => name === "elastic")!;
  const feature = { ...planned, contribution: { ...planned.contribution, charts: [] } };
  const order = { ordering: {}, capabilities: new CapabilityResources() };
  const certificate = ({ type, name }: CollectedResource) =>
    SECRET.test(type) && name.endsWith("certs-public")
      ? { data: { "ca.crt": Buffer.from("-----BEGIN CERTIFICATE-----").toString("base64") } }
      : {};
  const { resources } = await collect(
    () =>
      new FeatureComponent("elastic", { feature, makeExtra: extras.get("elastic"), ...order, secrets }, {}),
    certificate,
  );
  return resources;
}

const named = (resources: readonly CollectedResource[], type: RegExp) =>
  resources.filter((resource) => type.test(resource.type)).map(({ name }) => name);

function blockOf(resources: readonly CollectedResource[], provider: string, block: string) {
  const found = resources.find(({ type, name }) => /^pulumi:providers:/.test(type) && name === provider);
  assert.ok(found);
  // A password is in it: all of the block is a secret.
  const { value } = found.inputs[block] as { value: string };
  return JSON.parse(value)[0] as Record<string, unknown>;
}

describe("what the elastic component makes", () => {
  it("in a managed Elasticsearch: a user of its own, what is inside, and a Secret for each key", async () => {
    const [elasticsearch, kibana] = await freePorts(2);
    const ports = `localPorts: {elasticsearch: ${elasticsearch}, kibana: ${kibana}}`;
    const resources = await deploy(`managed: {}, objects: {${ports}, generation: 3, preflight: false}`);
    const secrets = named(resources, SECRET);
    for (const name of ["security-stack-provisioner-3", "security-stack-roles", "elasticsearch-api-key"])
      assert.ok(secrets.includes(`secret/security-pipeline/${name}`), name);
    assert.deepEqual(named(resources, /SecurityApiKey/), ["api-key/gateway/3", "api-key/trivy-reporter/3"]);
    assert.equal(named(resources, /KibanaDashboard/).length, 5);
    assert.ok(named(resources, /KibanaAlertingRule/).length >= 4);
    assert.deepEqual(named(resources, /SecurityRole:/), []);
    const block = blockOf(resources, "elasticsearch", "elasticsearches");
    assert.deepEqual(block["endpoints"], [`https://localhost:${elasticsearch}`]);
    assert.equal(block["username"], "security-stack-provisioner");
    assert.match(String(block["caData"]), /BEGIN CERTIFICATE/);
    const { caCerts, endpoints } = blockOf(resources, "kibana", "kibanas");
    assert.deepEqual(endpoints, [`https://localhost:${kibana}`]);
    assert.deepEqual(caCerts, [".security-stack/kibana-ca.crt"]);
  });

  it("in one that exists: as the user of the config, a role for people, and nothing in a Kibana it does not know", async () => {
    const resources = await deploy(
      'endpoints: ["https://es.example:9200"], objects: {enabled: true, username: admin, password: secret, preflight: false}',
      { "output.elasticsearch.objects.password": pulumi.secret("from Pulumi") },
    );
    const block = blockOf(resources, "elasticsearch", "elasticsearches");
    assert.deepEqual(block["endpoints"], ["https://es.example:9200"]);
    assert.deepEqual([block["username"], block["password"]], ["admin", "from Pulumi"]);
    assert.deepEqual(named(resources, /SecurityRole:/), ["ElasticsearchSecurityRole/security-stack-reader"]);
    assert.deepEqual(named(resources, /Kibana|Provisioner/), []);
  });

  it("makes no Kibana objects without Kibana", async () => {
    const [elasticsearch] = await freePorts(1);
    const resources = await deploy(
      `managed: {kibana: false}, objects: {localPorts: {elasticsearch: ${elasticsearch}}, preflight: false}`,
    );
    assert.deepEqual(named(resources, /Kibana/), []);
  });

  it("refuses an environment that would lead it elsewhere", async () => {
    process.env["ELASTICSEARCH_ENDPOINTS"] = "https://elsewhere.example:9200";
    try {
      await assert.rejects(deploy("managed: {}"), /ELASTICSEARCH_ENDPOINTS.*Unset it/);
    } finally {
      delete process.env["ELASTICSEARCH_ENDPOINTS"];
    }
  });
});
