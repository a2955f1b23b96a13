import assert from "node:assert/strict";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { fieldTypes } from "../../components/documents/fields";
import { indexTemplates } from "../../components/documents/index-templates";
import { FEATURES } from "../../components/registry";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { emptyElasticsearch } from "../rigs/test-server";

type Json = Record<string, unknown>;

/** The only change for the server of the tests: see `installTemplates`. */
const STAND_IN = { wildcard: "keyword" };

describe("index templates, in the real Elasticsearch", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  const { component, indices } = indexTemplates(INDICES, registryFacts(FEATURES).documents);
  const common = fieldTypes(component.body.template.mappings.properties);

  before(async () => {
    // Puts all of them, and fails for one that is refused.
    server = await emptyElasticsearch();
  });

  for (const { name, body } of indices)
    it(`${name} has the types that the template gives its fields`, async () => {
      await server.client.must("PUT", `/${name}`);
      const answer = await server.client.must("GET", `/${name}/_mapping`);
      const { mappings } = answer[name] as { mappings: { properties: Json; dynamic: string } };
      const wanted = { ...common, ...fieldTypes(body.template.mappings.properties) };
      assert.deepEqual(fieldTypes(mappings.properties), withStandIn(wanted));
      assert.equal(mappings.dynamic, "false");
    });

  it("says which fields have another type than in production", () => {
    const replaced = indices.flatMap(({ body }) =>
      Object.entries(fieldTypes(body.template.mappings.properties))
        .filter(([, type]) => type === "wildcard")
        .map(([name]) => name),
    );
    assert.ok(replaced.length > 0, "no field is a wildcard any more: remove the stand-in");
    console.log(
      `      this build of Elasticsearch has no wildcard type; keyword instead: ${[...new Set(replaced)].join(", ")}`,
    );
  });

  it("finds a key inside of a flattened field, and severities by range", async () => {
    for (const severity of [1, 2, 3, 4, 5])
      await server.client.must("POST", `/${INDICES.events}/_doc`, {
        event: { severity },
        falco: { output_fields: { "proc.name": `program-${severity}`, any: { deep: ["x", severity] } } },
      });
    const severities = async (query: Json) =>
      (await server.client.search(INDICES.events, query))
        .map(({ _source }) => (_source["event"] as { severity: number }).severity)
        .sort();
    assert.deepEqual(await severities({ term: { "falco.output_fields.proc.name": "program-4" } }), [4]);
    assert.deepEqual(await severities({ term: { "falco.output_fields.any.deep": "2" } }), [2]);
    assert.deepEqual(await severities({ range: { "event.severity": { gte: 4 } } }), [4, 5]);
    assert.deepEqual(await severities({ range: { "event.severity": { lt: 2 } } }), [1]);
  });
});

function withStandIn(types: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, (STAND_IN as Record<string, string>)[type] ?? type]),
  );
}
