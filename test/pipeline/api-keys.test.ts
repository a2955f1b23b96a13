import assert from "node:assert/strict";
import {
  correlatorKey,
  gatewayKey,
  type RoleDescriptors,
  readerKey,
  reporterKey,
  responderKey,
} from "../../components/documents/api-keys";
import { apiKey, type Request } from "../../components/node-program/http-client";
import type { ElasticsearchClient } from "../../tools/dev/elasticsearch/client";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../rigs/test-server";

const { events, inventory, audit, network, mesh, admission, deadLetter } = INDICES;
const { vulnerabilities, posture, correlations, responses } = INDICES;
const ALL = Object.values(INDICES);
/** One that the template of the events is for too. */
const NEXT = `${events}-000002`;
const DOCUMENT = { "@timestamp": "2026-01-01T00:00:00Z", message: "x" };

/** Method, path and body of a call. */
type Call = readonly [Request["method"], string, unknown?];

/** Calls on the document "kept", which is in each index already, or on the index. */
const ON = {
  create: (index: string): Call => ["PUT", `/${index}/_create/new`, DOCUMENT],
  createOfItself: (index: string): Call => ["POST", `/${index}/_doc`, DOCUMENT],
  overwrite: (index: string): Call => ["PUT", `/${index}/_doc/kept`, DOCUMENT],
  update: (index: string): Call => ["POST", `/${index}/_update/kept`, { doc: { message: "y" } }],
  remove: (index: string): Call => ["DELETE", `/${index}/_doc/kept`],
  get: (index: string): Call => ["GET", `/${index}/_doc/kept`],
  search: (index: string): Call => ["POST", `/${index}/_search`, { query: { match_all: {} } }],
  pointInTime: (index: string): Call => ["POST", `/${index}/_pit?keep_alive=1s`],
  fields: (index: string): Call => ["GET", `/${index}/_mapping`],
  changeFields: (index: string): Call => ["PUT", `/${index}/_mapping`, { properties: {} }],
  settings: (index: string): Call => ["PUT", `/${index}/_settings`, { index: { refresh_interval: "1h" } }],
  removeIndex: (index: string): Call => ["DELETE", `/${index}`],
  addAlias: (index: string): Call => ["PUT", `/${index}/_alias/other`],
} satisfies Record<string, (index: string) => Call>;

type Name = keyof typeof ON;
const NAMES = Object.keys(ON) as Name[];

/** What none of the keys may do, whatever the index. */
const NOBODY: Call[] = [
  ["GET", "/"],
  ["GET", "/_cluster/health"],
  ["PUT", "/_cluster/settings", { persistent: { "action.auto_create_index": "false" } }],
  ["GET", "/_cat/indices"],
  ["PUT", "/_index_template/other", { index_patterns: ["other"] }],
  ["PUT", "/_component_template/other", { template: {} }],
  ["PUT", "/_ingest/pipeline/other", { processors: [] }],
  ["PUT", "/_snapshot/other", { type: "fs", settings: { location: "/tmp" } }],
  ["POST", "/_security/api_key", { name: "other" }],
  ["GET", "/_security/api_key"],
  ["DELETE", "/_security/api_key", { name: "gateway" }],
  ["PUT", "/_security/user/other", { password: "long enough", roles: ["superuser"] }],
  ["PUT", "/_security/role/other", { cluster: ["all"] }],
  ["GET", "/_security/user"],
  ["POST", "/.security/_search"],
];

interface Row {
  key: string;
  roles: RoleDescriptors;
  indices: string[];
  may: Name[];
  /** Of its indices those that it may only read. */
  reads?: string[];
}

const READS: Name[] = ["get", "search", "pointInTime"];
// "changeFields" comes with every privilege that writes, unless the index is of a data stream (reference of the
// security privileges: "create_doc"). What a field is already can't be changed by it.
const KEYS: Row[] = [
  {
    key: "gateway",
    roles: gatewayKey(INDICES),
    indices: [events, inventory, audit, network, mesh, admission, deadLetter],
    may: ["create", "createOfItself", "changeFields"],
  },
  {
    key: "reporter",
    roles: reporterKey(INDICES),
    indices: [vulnerabilities, posture],
    may: ["create", "createOfItself", "overwrite", "update", "changeFields", ...READS],
  },
  {
    key: "correlator",
    roles: correlatorKey(INDICES),
    indices: [events, audit, vulnerabilities, correlations],
    may: ["create", "createOfItself", "changeFields", ...READS],
    reads: [events, audit, vulnerabilities],
  },
  {
    key: "responder",
    roles: responderKey(INDICES),
    indices: [responses],
    may: ["create", "createOfItself", "changeFields"],
  },
  { key: "reader", roles: readerKey(INDICES), indices: ALL, may: [...READS, "fields"] },
];

describe("API keys, in the real Elasticsearch", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;

  before(async () => {
    server = await emptyElasticsearch();
  });

  beforeEach(async () => {
    const lines = [...ALL, "other"].flatMap((_index) => [{ index: { _index, _id: "kept" } }, DOCUMENT]);
    const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    assert.equal((await server.client.must("POST", "/_bulk", body))["errors"], false);
  });

  after(() => server.client.request("DELETE", `/other,${NEXT}?ignore_unavailable=true`));

  for (const { key, roles, indices, may, reads = [] } of KEYS)
    describe(`of the ${key}`, () => {
      let client: ElasticsearchClient;

      before(async () => {
        client = await withKey(server, key, roles);
      });

      for (const index of [...ALL, "other"]) {
        const ofIndex = reads.includes(index) ? READS : may;
        const allowed = indices.includes(index) ? ofIndex : [];
        const refused = NAMES.filter((name) => !allowed.includes(name));
        it(`${index}: may ${allowed.join(", ") || "do nothing"}`, async () => {
          for (const name of allowed) {
            const { status, body } = await client.request(...ON[name](index));
            assert.ok(status < 300, `${name}: ${status} ${JSON.stringify(body)}`);
          }
          for (const name of refused) await isRefused(client, ON[name](index));
        });
      }

      it("no call on the cluster, on keys, users and system indices", async () => {
        for (const call of NOBODY) await isRefused(client, call);
      });
    });

  it("the gateway's: a bulk request is judged line by line", async () => {
    const client = await withKey(server, "gateway", gatewayKey(INDICES));
    const lines = [
      { create: { _index: events, _id: "bulk" } },
      DOCUMENT,
      { create: { _index: deadLetter } },
      DOCUMENT,
      { create: { _index: NEXT } },
      DOCUMENT,
      { create: { _index: vulnerabilities } },
      DOCUMENT,
      { index: { _index: events, _id: "kept" } },
      DOCUMENT,
      { delete: { _index: events, _id: "kept" } },
      { create: { _index: ".security" } },
      DOCUMENT,
    ];
    const body = await client.must(
      "POST",
      "/_bulk",
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
    const statuses = (body["items"] as Record<string, { status: number }>[]).flatMap((item) =>
      Object.values(item).map(({ status }) => status),
    );
    assert.deepEqual(statuses, [201, 201, 201, 403, 403, 403, 403]);
  });

  it("one that is invalidated, expired or made up opens nothing", async () => {
    const invalidated = await server.client.createApiKey("invalidated", readerKey(INDICES));
    await server.client.must("DELETE", "/_security/api_key", { name: "invalidated" });
    const expired = await server.client.createApiKey("expired", readerKey(INDICES), "1ms");
    const madeUp = Buffer.from("id:secret").toString("base64");
    for (const key of [invalidated, expired, madeUp, "", "not base64"]) {
      const { status } = await server.client.as(apiKey(key)).request(...ON.search(events));
      assert.equal(status, 401, key);
    }
  });
});

async function withKey(
  server: ElasticsearchServer,
  name: string,
  roles: RoleDescriptors,
): Promise<ElasticsearchClient> {
  return server.client.as(apiKey(await server.client.createApiKey(name, roles)));
}

async function isRefused(client: ElasticsearchClient, [method, path, content]: Call): Promise<void> {
  const { status, body } = await client.request(method, path, content);
  assert.equal(status, 403, `${method} ${path}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
}
