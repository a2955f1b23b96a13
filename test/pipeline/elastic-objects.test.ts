import assert from "node:assert/strict";
import * as path from "node:path";
import type { ElasticObject } from "../../components/elastic/objects/object";
import type { Server } from "../../components/elastic/preflight/ask";
import { preflight } from "../../components/elastic/preflight/preflight";
import { apiKey } from "../../components/node-program/http-client";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import type { InsideInput } from "../support/elastic/elastic-inside";
import { ABSENT, allObjects, KEYS, presentOf } from "../support/elastic/elastic-objects";
import { ElasticStack } from "../support/elastic/elastic-stack";
import { longTest } from "../support/long-test";
import { connect, secretValue } from "../support/stack/objects";

const NAMESPACE = "security-pipeline";

const ALL = allObjects({ makesRoles: true });
const PRESENT = presentOf(ALL);

// A minute: a real engine, bridge and provider before a real Elasticsearch, since it is their agreement that is shown.
describe("what the program makes inside Elasticsearch", function () {
  this.timeout(300_000);
  let server: ElasticsearchServer;
  let stack: ElasticStack;
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    [server, cluster] = await Promise.all([
      ElasticsearchServer.start({ quickStart: true }),
      startCluster({ name: "test-elastic-objects", ephemeral: true }),
    ]);
    api = connect(cluster.kubeconfigPath);
    await api.create("/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    const { user: username, password } = server.superuser;
    stack = new ElasticStack(
      "test-elastic-objects",
      { endpoints: [server.url], username, password, caData: server.caCertificate },
      path.join(__dirname, "..", "support", "elastic", "elastic-inside.ts"),
    );
  });
  after(async () => {
    stack?.remove();
    api?.close();
    await Promise.all([server?.stop(), cluster?.stop()]);
  });

  function input(change: Partial<InsideInput> = {}): InsideInput {
    const { user: username, password } = server.superuser;
    return {
      elasticsearch: { endpoints: [server.url], username, password, ca: server.caCertificate },
      objects: PRESENT,
      keys: KEYS,
      preflight: true,
      generation: 1,
      namespace: NAMESPACE,
      component: "elastic",
      kubeconfig: cluster.kubeconfigPath,
      ...change,
    };
  }

  const get = async (where: string) => (await server.client.request("GET", where)).status;
  const keyFrom = async (name: string) => {
    const key = await secretValue(api, NAMESPACE, name, "api_key");
    assert.ok(key, `no Secret ${name}`);
    return key;
  };

  it("is held to the provider's schema, all of it, with no Elasticsearch in reach", async () => {
    const away = { ...input().elasticsearch, endpoints: ["https://localhost:1"] };
    const changes = await stack.run("preview", input({ objects: ALL, elasticsearch: away }));
    assert.ok((changes["create"] ?? 0) > ALL.length);
    const wrong = ALL.map((object) =>
      object.type === "ElasticsearchIndexLifecycle"
        ? { ...object, inputs: { ...object.inputs, hot: { rollover: { maxAge: 7 } }, delete: "never" } }
        : object,
    );
    const { code } = await stack.attempt(
      "preview",
      input({ objects: wrong as unknown as ElasticObject[], elasticsearch: away }),
    );
    assert.notEqual(code, 0, "nothing was checked");
  });

  it("is made, and asks for no change afterwards", async () => {
    await stack.run("up", input());
    for (const name of Object.values(INDICES)) assert.equal(await get(`/_index_template/${name}`), 200, name);
    assert.equal(await get("/_component_template/security-common"), 200);
    assert.equal(await get("/_security/role/security-stack-reader"), 200);
    const again = await stack.attempt("preview", input());
    assert.deepEqual(Object.keys(again.changes), ["unchanged"], again.output);
    console.log(`        ${again.changes["unchanged"]} resources; not exercised here: ${ABSENT.join(", ")}`);
  });

  it("hands out no key before the templates are there: what is written without one stays as it was guessed", async () => {
    const made = await stack.resources();
    const templates = made
      .filter(({ type }) => /(Index|Component)Template$/.test(type))
      .map(({ urn }) => urn);
    assert.ok(templates.length > 4);
    const keys = made.filter(({ type }) => /SecurityApiKey$/.test(type));
    assert.equal(keys.length, KEYS.length);
    for (const { urn, dependencies = [] } of keys)
      for (const template of templates) assert.ok(dependencies.includes(template), `${urn}: ${template}`);
  });

  longTest(
    "shows an edit of a template, and applies it; makes new keys for a new generation, and removes the old ones",
    async () => {
      const before = await keyFrom("gateway-key");
      const edited = PRESENT.map((object) =>
        object.type === "ElasticsearchIndexTemplate" && object.name === INDICES.vulnerabilities
          ? { ...object, inputs: { ...object.inputs, priority: 201 } }
          : object,
      );
      assert.equal((await stack.run("preview", input({ objects: edited })))["update"], 1);
      await stack.run("up", input({ objects: edited, generation: 2 }));
      const { body } = await server.client.request("GET", `/_index_template/${INDICES.vulnerabilities}`);
      assert.match(JSON.stringify(body), /"priority":201/);
      const after = await keyFrom("gateway-key");
      assert.notEqual(after, before);
      const asks = async (key: string) =>
        (await server.client.as(apiKey(key)).request("GET", "/_security/_authenticate")).status;
      assert.deepEqual([await asks(before), await asks(after)], [401, 200]);
    },
  );

  longTest("finds by a refresh what someone changed by hand, and mends it", async () => {
    const where = `/_index_template/${INDICES.vulnerabilities}`;
    await server.client.must("PUT", where, { index_patterns: ["something-else-*"], priority: 7 });
    await stack.run("refresh", input({ generation: 2 }));
    assert.equal((await stack.run("up", input({ generation: 2 })))["update"], 1);
    const { body } = await server.client.request("GET", where);
    assert.doesNotMatch(JSON.stringify(body), /something-else/);
  });

  /** An edit that is not to be made while something is in the way. */
  const EDITED = PRESENT.map((object) =>
    object.type === "ElasticsearchIndexTemplate" && object.name === INDICES.vulnerabilities
      ? { ...object, inputs: { ...object.inputs, priority: 202 } }
      : object,
  );
  const elsewhere = (change: object) => ({ elasticsearch: { ...input().elasticsearch, ...change } });

  async function refuses(
    operation: "up" | "preview",
    change: Partial<InsideInput>,
    says: RegExp,
  ): Promise<void> {
    const { code, output } = await stack.attempt(
      operation,
      input({ objects: EDITED, generation: 2, ...change }),
    );
    assert.notEqual(code, 0);
    assert.match(output.replace(/\s+/g, " "), says);
    assert.doesNotMatch(output, / at .*\.ts:\d+|serializing/, "a stack trace is shown");
    assert.ok(!output.includes(server.superuser.password));
  }

  /** The same asked of the program's own look, which each of its previews and updates begins with. */
  async function refusesToLook(change: Partial<Server>, says: RegExp): Promise<void> {
    const { user: username, password } = server.superuser;
    const asked = { endpoints: [server.url], username, password, ca: server.caCertificate, ...change };
    const options = { objects: EDITED, patienceMs: 0, mayBeAway: true, warn: () => {} };
    const look = preflight(asked, options);
    await assert.rejects(look, (error: Error) => {
      assert.match(error.message.replace(/\s+/g, " "), says);
      assert.ok(!error.message.includes(server.superuser.password));
      return true;
    });
  }

  it("refuses another CA, a wrong password and a user who may not in a preview, with what to do", async () => {
    await refusesToLook({ ca: undefined }, /not trusted \(.*\): set .*objects.caCertificate/);
    await refusesToLook({ password: "no-such" }, /refuses the password of the user "elastic" \(401\): put/);
    const somebody = { username: "somebody", password: "long-enough" };
    await server.client.must("PUT", "/_security/user/somebody", { ...somebody, roles: ["viewer"] });
    await refuses(
      "preview",
      elsewhere(somebody),
      /"somebody" may not .* lacks .*manage_index_templates.* manage on/,
    );
  });

  it("refuses a foreign template that would be taken instead, and an index with other fields", async () => {
    const foreign = { index_patterns: ["security-*"], priority: 500, data_stream: {} };
    await server.client.must("PUT", "/_index_template/foreign", foreign);
    const taken = /"foreign" \(priority 500, for security-\*\) would be taken for security-events instead/;
    await refusesToLook({}, taken);
    await server.client.must("DELETE", "/_index_template/foreign");
    const mappings = { properties: { vulnerability: { properties: { score: { type: "keyword" } } } } };
    await server.client.must("PUT", `/${INDICES.vulnerabilities}`, { mappings });
    await refusesToLook({}, /security-vuln has .* \(vulnerability.score is keyword, not float\)/);
    await server.client.must("DELETE", `/${INDICES.vulnerabilities}`);
  });

  longTest(
    "previews without an Elasticsearch in reach, fails an update there before anything is made, and then goes on",
    async () => {
      const away = elsewhere({ endpoints: ["https://localhost:1"] });
      const preview = await stack.attempt("preview", input({ objects: EDITED, generation: 2, ...away }));
      assert.equal(preview.code, 0, preview.output);
      assert.match(
        preview.output.replace(/\s+/g, " "),
        /can't be reached \(ECONNREFUSED\): see .* goes on without knowing/,
      );
      await refuses("up", away, /localhost:1 can't be reached \(ECONNREFUSED\): see that it runs/);
      await stack.run("up", input({ objects: EDITED, generation: 2 }));
      const { body } = await server.client.request("GET", `/_index_template/${INDICES.vulnerabilities}`);
      assert.match(JSON.stringify(body), /"priority":202/);
    },
  );

  it("leaves nothing when it is destroyed", async () => {
    await stack.run("destroy", input({ generation: 2 }));
    for (const name of Object.values(INDICES)) assert.equal(await get(`/_index_template/${name}`), 404, name);
    assert.equal(await get("/_component_template/security-common"), 404);
    assert.equal(await get("/_security/role/security-stack-reader"), 404);
    const { body } = await server.client.request(
      "GET",
      "/_security/api_key?active_only=true&name=security-stack-*",
    );
    assert.deepEqual(body["api_keys"], []);
  });

  it("gives its holder a key that does what it is for, and no more", async () => {
    await stack.run("up", input());
    const gateway = server.client.as(apiKey(await keyFrom("gateway-key")));
    const document = { "@timestamp": new Date().toISOString(), event: { severity: 3 } };
    const write = (index: string) => gateway.request("PUT", `/${index}/_create/1`, document);
    assert.equal((await write(INDICES.events)).status, 201);
    assert.equal((await write(INDICES.vulnerabilities)).status, 403);
    assert.equal((await gateway.request("GET", `/${INDICES.events}/_search`)).status, 403);
  });

  longTest(
    "is not destroyed under documents that need it: Elasticsearch says which, and keeps them",
    async () => {
      const { code, output } = await stack.attempt("destroy", input());
      assert.notEqual(code, 0);
      assert.match(output, new RegExp(`in use by a data streams \\[${INDICES.events}\\]`));
      assert.equal(await get(`/_index_template/${INDICES.events}`), 200);
    },
  );
});
