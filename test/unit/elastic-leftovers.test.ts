import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { objectsSchema } from "../../components/core/config/elasticsearch-schema";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { elasticObjects } from "../../components/elastic/objects/all-objects";
import { removeOldRules, removeOldTransforms } from "../../components/elastic/preflight/leftovers";
import { type Certificates, issueCertificates } from "../../components/pipeline/certificates";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";

const OBJECTS = elasticObjects({
  indices: INDICES,
  objects: objectsSchema.parse({}),
  replicas: 0,
  makesRoles: false,
  hasKibana: true,
  heartbeats: {},
  registry: registryFacts(FEATURES),
});
const MADE = new Date("2026-11-28T12:00:00Z");
const BEFORE = new Date("2026-11-20T12:00:00Z");
const AFTER = new Date("2026-11-28T12:05:00Z");

// Neither Kibana nor an Elasticsearch with transforms can run in tests: a server that answers as their HTTP APIs are
// documented to ("Get transforms", "Get rule details").
describe("what an Elasticsearch of before left in kept volumes", () => {
  let certificates: Certificates;
  let server: Server;
  let url: string;
  let deleted: string[];
  /** When what is asked for was made; nothing is there without. */
  let there: Date | undefined;
  let answer: number;

  before(async () => {
    certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
    const { serverCertificate: cert, serverKey: key } = certificates;
    server = createServer({ cert, key }, ({ method, url = "", headers }, response) => {
      const respond = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      if (method === "DELETE") {
        // Kibana's own answer without the header.
        if (!headers["kbn-xsrf"]) return respond(400, {});
        deleted.push(url);
        return respond(answer, {});
      }
      if (!there) return respond(404, {});
      if (url.startsWith("/_transform/"))
        return respond(200, { count: 1, transforms: [{ id: "x", create_time: there.getTime() }] });
      return respond(200, { id: "x", created_at: there.toISOString() });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  beforeEach(() => {
    deleted = [];
    there = undefined;
    answer = 200;
  });

  const asked = () => ({ endpoints: [url], username: "u", password: "p", ca: certificates.caCertificate });
  const transforms = () => removeOldTransforms(asked(), OBJECTS, MADE);
  const rules = () => removeOldRules(asked(), OBJECTS, MADE);

  it("is removed where a second one would be refused: transforms, rules, and their connectors", async () => {
    there = BEFORE;
    assert.deepEqual(await transforms(), ["security-inventory-current"]);
    assert.deepEqual(deleted, ["/_transform/security-inventory-current?force=true"]);
    deleted = [];
    const gone = await rules();
    assert.ok(gone.includes("security-severe-event"));
    assert.equal(deleted.filter((path) => path.startsWith("/api/actions/connector/")).length, 2);
    assert.equal(deleted.length, gone.length);
  });

  it("is not what the stack made in this one, and nothing is nothing", async () => {
    there = AFTER;
    assert.deepEqual([await transforms(), await rules()], [[], []]);
    there = undefined;
    assert.deepEqual([await transforms(), await rules()], [[], []]);
    assert.deepEqual(deleted, []);
  });

  it("is named where it can't be removed", async () => {
    there = BEFORE;
    answer = 403;
    await assert.rejects(
      transforms(),
      /_transform\/security-inventory-current\?force=true: 403\)\. Remove it by hand/,
    );
  });
});
