import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../../components/core/config/parse";
import { SECRET_PATHS } from "../../components/core/config/secret-paths";
import { planWithExtras } from "../../components/core/plan/plan";
import { secretInCluster } from "../../components/elastic/secret-in-cluster";
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
  const settings = parseConfig({ ...rawConfig(text), encrypted: [...SECRET_PATHS] }, FEATURES);
  const { plan, extras } = planWithExtras(settings);
  const planned = plan.features.find(({ name }) => name === "elastic")!;
  const feature = { ...planned, contribution: { ...planned.contribution, charts: [] } };
  const order = { ordering: {}, capabilities: new CapabilityResources(), rendersOnly: false };
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

describe("what the elastic component makes", function () {
  // Kubernetes' client alone is a second and more to load.
  this.timeout(60_000);
  let cluster: Server;
  /** What the cluster says to a question for the Secret with Kibana's keys. */
  let kept: { status: number; body: object };
  const kubeconfig = process.env["KUBECONFIG"];
  let folder: string;

  before(async () => {
    cluster = createServer((_, response) => {
      response.writeHead(kept.status, { "content-type": "application/json" }).end(JSON.stringify(kept.body));
    });
    await once(cluster.listen(0, "127.0.0.1"), "listening");
    folder = mkdtempSync(join(tmpdir(), "elastic-component-"));
    process.env["KUBECONFIG"] = join(folder, "kubeconfig");
    const server = `http://127.0.0.1:${(cluster.address() as AddressInfo).port}`;
    const config = {
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
      users: [{ name: "test", user: {} }],
    };
    writeFileSync(process.env["KUBECONFIG"], JSON.stringify(config));
  });
  beforeEach(() => {
    kept = { status: 404, body: { kind: "Status", code: 404 } };
  });
  after(() => {
    cluster.close();
    rmSync(folder, { recursive: true, force: true });
    if (kubeconfig === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = kubeconfig;
  });

  /** The key by which Kibana encrypts, as the Secret of its keystore has it. */
  async function kibanaKey(managed = "{}"): Promise<string> {
    const resources = await deploy(`managed: ${managed}, objects: {enabled: false}`);
    const secret = resources.find(({ name }) => name.endsWith("/security-stack-kibana-keys"));
    assert.ok(secret);
    const { value } = secret.inputs["data"] as { value: Record<string, string> };
    const data = typeof value === "string" ? (JSON.parse(value) as Record<string, string>) : value;
    return Buffer.from(data["xpack.encryptedSavedObjects.encryptionKey"] ?? "", "base64").toString();
  }

  it("a key for what Kibana encrypts, the one that was kept with the data where there is one", async () => {
    const made = await kibanaKey();
    assert.ok(made.length >= 32);
    assert.notEqual(await kibanaKey(), made);
    const before = Buffer.from("the-key-of-the-kibana-that-was-there-before").toString("base64");
    kept = { status: 200, body: { data: { "xpack.encryptedSavedObjects.encryptionKey": before } } };
    assert.equal(await kibanaKey(), "the-key-of-the-kibana-that-was-there-before");
    // Also where nothing is kept any more: two owners of one Secret would be a conflict.
    assert.equal(await kibanaKey("{keepData: false}"), "the-key-of-the-kibana-that-was-there-before");
  });

  it("no new key where the cluster does not say whether there is one", async () => {
    kept = { status: 403, body: { kind: "Status", code: 403 } };
    const asked = secretInCluster(undefined, "security-pipeline", "security-stack-kibana-keys");
    await assert.rejects(asked, /security-stack-kibana-keys is kept from before could not be seen \(403\)/);
  });
  it("in a managed Elasticsearch: a user of its own, what is inside, and a Secret for each key", async () => {
    const [elasticsearch, kibana] = await freePorts(2);
    const ports = `localPorts: {elasticsearch: ${elasticsearch}, kibana: ${kibana}}`;
    const resources = await deploy(`managed: {}, objects: {${ports}, generation: 3, preflight: false}`);
    const secrets = named(resources, SECRET);
    for (const name of ["security-stack-provisioner-3", "security-stack-roles", "elasticsearch-api-key"])
      assert.ok(secrets.includes(`secret/security-pipeline/${name}`), name);
    assert.deepEqual(named(resources, /SecurityApiKey/), ["api-key/gateway/3", "api-key/trivy-reporter/3"]);
    assert.equal(named(resources, /^security-stack-kibana:index:Dashboard/).length, 10);
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
    assert.deepEqual(named(resources, /kibana|Provisioner/i), []);
  });

  it("makes no Kibana objects without Kibana", async () => {
    const [elasticsearch] = await freePorts(1);
    const resources = await deploy(
      `managed: {kibana: false}, objects: {localPorts: {elasticsearch: ${elasticsearch}}, preflight: false}`,
    );
    assert.deepEqual(named(resources, /kibana/i), []);
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
