import assert from "node:assert/strict";
import { findConflicts, wantedIndices } from "../../components/elastic/preflight/conflicts";
import type { Existing, ExistingIndex } from "../../components/elastic/preflight/existing";
import { PROVISIONER, privilegesFor, roles } from "../../components/elastic/roles";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { allObjects } from "../support/elastic/elastic-objects";

const OBJECTS = allObjects({ makesRoles: false });
const WANTED = wantedIndices(OBJECTS);
const NOTHING: Existing = { templates: [], indices: {}, lacking: [] };

const withTemplate = (patterns: string[], priority: number, name = "foreign") =>
  findConflicts(WANTED, { ...NOTHING, templates: [{ name, patterns, priority }] });
const withIndex = (name: string, index: ExistingIndex) =>
  findConflicts(WANTED, { ...NOTHING, indices: { [name]: index } });

/** Properties in which every field that the template gives is there with its type. */
function complete(name: string, change: Record<string, string | undefined> = {}): Record<string, unknown> {
  const { fields } = WANTED.find((index) => index.name === name)!;
  const types = Object.entries({ ...fields, ...change }).filter(([, type]) => type !== undefined);
  return Object.fromEntries(types.map(([field, type]) => [field, { type }]));
}

describe("what is in the way in an Elasticsearch that exists", () => {
  it("nothing, where nothing is there or all is as it should be", () => {
    assert.deepEqual(findConflicts(WANTED, NOTHING), { errors: [], warnings: [] });
    const events: ExistingIndex = { kind: "data stream", properties: complete(INDICES.events) };
    assert.deepEqual(withIndex(INDICES.events, events), { errors: [], warnings: [] });
  });

  it("a template that would be taken instead of ours: of the same or a higher priority, whose pattern fits", () => {
    for (const [patterns, priority, count] of [
      [["security-*"], 500, WANTED.length],
      [["*"], 200, WANTED.filter((index) => index.priority === 200).length],
      [["other-*", "security-events*"], 201, 1],
      [["security-events"], 200, 1],
      [["security-events"], 199, 0],
      [["security-event"], 500, 0],
      [["security-events-*"], 500, 0],
      [["security.events"], 500, 0],
    ] as const)
      assert.equal(withTemplate([...patterns], priority).errors.length, count, `${patterns} ${priority}`);
    assert.deepEqual(withTemplate(["security-*"], 500, INDICES.events).errors, []);
  });

  it("an index, a data stream or an alias in the place of the other", () => {
    const says = (name: string, kind: ExistingIndex["kind"]) =>
      withIndex(name, { kind, properties: complete(name) }).errors.join();
    assert.match(
      says(INDICES.events, "index"),
      /security-events is there already as an index.* be a data stream/,
    );
    assert.match(says(INDICES.vulnerabilities, "data stream"), /as a data stream.* be an index/);
    assert.match(says(INDICES.vulnerabilities, "alias"), /as an alias/);
  });

  it("a field of another type in an index; in a data stream it is news until it is rolled over", () => {
    const change = { "event.severity": "keyword" };
    const { vulnerabilities: index, events } = INDICES;
    const inIndex = withIndex(index, { kind: "index", properties: complete(index, change) });
    assert.match(inIndex.errors.join(), /event\.severity is keyword, not integer.*reindex/);
    const inStream = withIndex(events, { kind: "data stream", properties: complete(events, change) });
    assert.deepEqual(inStream.errors, []);
    assert.match(inStream.warnings.join(), /event\.severity is keyword, not integer.*_rollover/);
  });

  it("a field that is not there yet is a warning", () => {
    const { vulnerabilities: name } = INDICES;
    const properties = complete(name, { "vulnerability.id": undefined });
    const { errors, warnings } = withIndex(name, { kind: "index", properties });
    assert.deepEqual(errors, []);
    assert.match(warnings.join(), /lacks fields \(vulnerability\.id\).*_mapping/);
  });
});

describe("what a user needs to make the objects", () => {
  it("is what the program's own user has in an Elasticsearch that it runs", () => {
    const { cluster } = privilegesFor(OBJECTS, []);
    const has = roles(INDICES)[PROVISIONER]!.cluster;
    assert.deepEqual(
      cluster.filter((privilege) => !has.includes(privilege)),
      [],
    );
    assert.ok(!has.includes("manage_security") && !has.includes("all"));
  });

  it("is less where less is made", () => {
    const templates = OBJECTS.filter(({ type }) => type === "ElasticsearchIndexTemplate");
    const wanted = ["manage_api_key", "manage_index_templates", "monitor"];
    assert.deepEqual(privilegesFor(templates, []).cluster, wanted);
  });
});
