import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import * as path from "node:path";
import { plan } from "../../components/core/plan/plan";
import {
  ELASTICSEARCH_CA,
  ELASTICSEARCH_PODS,
  ELASTICSEARCH_PORT,
  PROVISIONER_SECRET,
} from "../../components/elastic/elastic-names";
import { checkStored } from "../../components/elastic/preflight/before-update";
import { PROVISIONER, roles } from "../../components/elastic/roles";
import { apiKey, basic } from "../../components/node-program/http-client";
import { FEATURES } from "../../components/registry";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { ensurePki, issueIdentity } from "../../tools/dev/cluster/pki";
import { freePorts, isPortTaken } from "../../tools/dev/cluster/ports";
import { nodeNames } from "../../tools/dev/cluster/simulation";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../rigs/pipeline/rig";
import { falcoLine } from "../rigs/pipeline/sensor-logs";
import type { ManagedInput } from "../support/elastic/elastic-managed";
import { allObjects, KEYS, presentOf } from "../support/elastic/elastic-objects";
import { ElasticStack } from "../support/elastic/elastic-stack";
import { longTest } from "../support/long-test";
import { PodApi } from "../support/scenarios/pod-api";
import { settingsOf } from "../support/stack/config";
import { connect, secretValue, until } from "../support/stack/objects";

const NAMESPACE = "security-pipeline";
const OBJECTS = presentOf(allObjects({ makesRoles: false }));

// Names of Elasticsearch's own actions (its source, TransportPutPipelineAction and the like).
const NEEDED = [
  "cluster:monitor/main",
  "cluster:admin/component_template/put",
  "indices:admin/index_template/put",
  "cluster:admin/ilm/put",
  "cluster:admin/ilm/delete",
  "cluster:admin/ingest/pipeline/put",
  "cluster:admin/ingest/pipeline/get",
  "cluster:admin/ingest/pipeline/delete",
  "cluster:admin/transform/put",
  "cluster:admin/transform/start",
  "cluster:admin/transform/delete",
  "cluster:admin/repository/put",
  "cluster:admin/repository/delete",
  "cluster:admin/slm/put",
  "create_snapshot",
  "cluster:admin/xpack/security/api_key/create",
  "cluster:admin/xpack/security/api_key/invalidate",
];
const REFUSED = [
  "cluster:admin/xpack/security/user/put",
  "cluster:admin/xpack/security/role/put",
  "cluster:admin/settings/update",
  "cluster:admin/snapshot/delete",
  "cluster:admin/snapshot/restore",
];

// Half a minute: API server, engine, provider and Elasticsearch are all real, since each of them has its own idea of
// addresses, certificates and rights. The operator and the kubelet of the pod are played, as no container runs here.
describe("the way to an Elasticsearch that the program runs", function () {
  this.timeout(300_000);
  let server: ElasticsearchServer;
  let kubelet: PodApi;
  let cluster: Cluster;
  let api: KubeApi;
  let stack: ElasticStack;
  let localPort: number;

  before(async () => {
    server = await ElasticsearchServer.start({ quickStart: true });
    cluster = await startCluster({ name: "test-elastic-managed", ephemeral: true });
    kubelet = await PodApi.start(await kubeletCertificates());
    kubelet.asksForToken = false;
    kubelet.podPort = Number(new URL(server.url).port);
    api = connect(cluster.kubeconfigPath);
    [localPort] = (await freePorts(1)) as [number];
    await sayWhereKubeletsAre();
    await playOperator();
    stack = new ElasticStack(
      "test-elastic-managed",
      { endpoints: ["https://localhost:1"], username: "nobody" },
      path.join(__dirname, "..", "support", "elastic", "elastic-managed.ts"),
    );
  });
  after(async () => {
    stack?.remove();
    api?.close();
    await Promise.all([server?.stop(), kubelet?.stop(), cluster?.stop()]);
  });

  /** The API server verifies a kubelet by the cluster's CA. */
  async function kubeletCertificates() {
    const { ca } = await ensurePki(clusterPaths(cluster.name).pki);
    const whom = { commonName: "system:node:played", organization: "system:nodes", names: ["127.0.0.1"] };
    const { certificate, key } = await issueIdentity(cluster.folder, "played-kubelet", whom, ca);
    const [caCertificate, serverCertificate, serverKey] = [ca.certificate, certificate, key].map((file) =>
      readFileSync(file, "utf8"),
    ) as [string, string, string];
    return { caCertificate, serverCertificate, serverKey };
  }

  /** Where the API server finds the kubelets. */
  async function sayWhereKubeletsAre(): Promise<void> {
    const addresses = [{ type: "InternalIP", address: "127.0.0.1" }];
    const daemonEndpoints = { kubeletEndpoint: { Port: kubelet.port } };
    for (const name of nodeNames)
      await api.patch(`/api/v1/nodes/${name}/status`, { status: { addresses, daemonEndpoints } });
  }

  /** What ECK makes: the pod with its labels, the Secret with the CA, and the roles of roles.yml. */
  async function playOperator(): Promise<void> {
    await api.create("/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    await api.create(`/api/v1/namespaces/${NAMESPACE}/pods`, {
      metadata: { name: "security-es-default-0", labels: ELASTICSEARCH_PODS },
      spec: {
        automountServiceAccountToken: false,
        containers: [
          { name: "elasticsearch", image: "docker.elastic.co/elasticsearch/elasticsearch:simulated" },
        ],
      },
    });
    await api.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, {
      metadata: { name: ELASTICSEARCH_CA.name },
      stringData: { [ELASTICSEARCH_CA.key]: server.caCertificate },
    });
    const role = roles(INDICES)[PROVISIONER];
    await server.client.must("PUT", `/_security/role/${PROVISIONER}`, role);
  }

  /** Elasticsearch gets to know the user when its Secret has been there for a moment. */
  async function learnUser(generation: number): Promise<void> {
    const secret = `${PROVISIONER_SECRET}-${generation}`;
    const password = await until(
      "the user's Secret",
      () => secretValue(api, NAMESPACE, secret, "password"),
      Boolean,
    );
    await server.client.must("PUT", `/_security/user/${PROVISIONER}`, { password, roles: [PROVISIONER] });
  }

  function input(generation: number, endpoints?: string[]): ManagedInput {
    return {
      localPort,
      endpoints,
      kubeconfig: cluster.kubeconfigPath,
      objects: OBJECTS,
      keys: KEYS,
      preflight: true,
      generation,
      namespace: NAMESPACE,
      component: "elastic",
    };
  }

  it("needs one update: through a port-forward that ends with it, as a user of its own that is no superuser", async () => {
    const changes = await stack.run("preview", input(1));
    assert.ok((changes["create"] ?? 0) > OBJECTS.length);
    await Promise.all([stack.run("up", input(1)), learnUser(1)]);
    for (const name of Object.values(INDICES))
      assert.equal((await server.client.request("GET", `/_index_template/${name}`)).status, 200, name);
    assert.equal(await isPortTaken(localPort), false);
    const asked = `/portForward/${NAMESPACE}/security-es-default-0`;
    assert.ok(kubelet.seen.some((url) => url.startsWith(asked) && url.includes(String(ELASTICSEARCH_PORT))));
    const again = await stack.attempt("preview", input(1));
    assert.deepEqual(Object.keys(again.changes), ["unchanged"], again.output);
  });

  for (const [operation, options] of [
    ["refresh", ["--run-program"]],
    ["preview", ["--refresh", "--run-program"]],
    ["up", ["--refresh", "--run-program"]],
  ] as const)
    longTest(`is read anew by \`${operation} ${options.join(" ")}\`, which previews first`, async () => {
      kubelet.seen.length = 0;
      const { code, output, changes } = await stack.attempt(operation, input(1), options);
      assert.equal(code, 0, output);
      assert.deepEqual(Object.keys(changes), ["unchanged"], output);
      assert.ok(kubelet.seen.some((url) => url.startsWith(`/portForward/${NAMESPACE}/`)));
      assert.equal(await isPortTaken(localPort), false);
    });

  longTest("is previewed where another program has the port, with a word about it", async () => {
    const other = createServer().listen(localPort, "127.0.0.1");
    await once(other, "listening");
    try {
      const { code, output } = await stack.attempt("preview", input(1));
      assert.equal(code, 0, output);
      assert.match(output.replace(/\s+/g, " "), /is in use by another program\. .* The preview does without/);
    } finally {
      other.close();
    }
  });

  it("has all the rights that the objects take, also those that this build of Elasticsearch has not", async () => {
    const password = await secretValue(api, NAMESPACE, `${PROVISIONER_SECRET}-1`, "password");
    const client = server.client.as(basic(PROVISIONER, password!));
    const ask = async (cluster: string[]) =>
      (await client.must("POST", "/_security/user/_has_privileges", { cluster }))["cluster"];
    const all = (actions: readonly string[], has: boolean) =>
      Object.fromEntries(actions.map((action) => [action, has]));
    assert.deepEqual(await ask(NEEDED), all(NEEDED, true));
    assert.deepEqual(await ask(REFUSED), all(REFUSED, false));
  });

  it("gives the gateway a key with which the real collector writes", async () => {
    const rig = await PipelineRig.create(server);
    try {
      rig.replaceElasticsearchKey((await secretValue(api, NAMESPACE, "gateway-key", "api_key"))!);
      await rig.start();
      appendFileSync(rig.logFile("falco", "events.log"), `${falcoLine({ sequence: 1 })}\n`);
      await until(
        "the document",
        () => server.client.count(INDICES.events),
        (count) => count === 1,
      );
      const { body } = await server.client.request("GET", `/_resolve/index/${INDICES.events}`);
      assert.equal((body["data_streams"] as unknown[]).length, 1, "not in a data stream");
    } finally {
      await rig.destroy();
    }
  });

  it("is asked what speaks against an update, the same way, before anything is written", async () => {
    const config = `global: {clusterName: dev}
output: {elasticsearch: {managed: {}, objects: {localPorts: {elasticsearch: ${localPort}}}}}
features:
  - {name: otel_pipeline, enabled: true}
  - {name: falco, enabled: true}
  - {name: istio, enabled: true, config: {namespaces: [shop], mtls: {namespaces: {shop: STRICT}}}}
`;
    const planned = plan(settingsOf(config, FEATURES));
    const kubeconfig = readFileSync(cluster.kubeconfigPath, "utf8");
    const warnings: string[] = [];
    const warn = (line: string) => void warnings.push(line);
    const check = (kubeconfigText: string) =>
      checkStored(planned, { password: async () => undefined, kubeconfig: kubeconfigText, warn });
    await check(kubeconfig);
    assert.deepEqual(warnings, []);
    await server.client.must("POST", `/${INDICES.mesh}/_doc?refresh=true`, {
      "@timestamp": new Date().toISOString(),
      event: { action: "plaintext-seen" },
      kubernetes: { namespace: "shop" },
      destination: { port: 8080 },
    });
    await assert.rejects(check(kubeconfig), /CFG023 .*\n.*\n.*to shop port 8080: 1 times/);
    assert.equal(await isPortTaken(localPort), false);
    await check(kubeconfig.replace(/server: .*/, "server: https://127.0.0.1:1"));
    assert.match(warnings.join("\n"), /is not known, and STRICT refuses it/);
  });

  // By its address: the language host that can be built for tests ends the program, and with it the port-forward,
  // before it deletes what is old.
  it("makes new credentials, of its own too, waits until they are known, and the old ones are refused", async () => {
    const before = await secretValue(api, NAMESPACE, "gateway-key", "api_key");
    await Promise.all([stack.run("up", input(2, [server.url])), learnUser(2)]);
    const after = await secretValue(api, NAMESPACE, "gateway-key", "api_key");
    const asks = async (key: string) =>
      (await server.client.as(apiKey(key)).request("GET", "/_security/_authenticate")).status;
    assert.deepEqual([await asks(before!), await asks(after!)], [401, 200]);
  });

  it("is destroyed with Elasticsearch, which is not asked", async () => {
    await stack.run("destroy", input(2));
    assert.equal(await secretValue(api, NAMESPACE, "gateway-key", "api_key"), undefined);
  });
});
