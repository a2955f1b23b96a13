import assert from "node:assert/strict";
import { fieldTypes } from "../../components/documents/fields";
import { FEATURES } from "../../components/registry";
import {
  demonstrateSensors,
  isComplete,
  type SensorResult,
  sensorsOf,
  sensorTable,
} from "../../tools/cli/demo-sensors";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { installTemplates, PipelineRig, removeIndices } from "../rigs/pipeline/rig";
import { withPodLogs } from "../rigs/pod-logs";
import { emptyElasticsearch } from "../rigs/test-server";
import { toyFeature } from "../support/toy/toy-feature";

const REGISTRY = withPodLogs([toyFeature(), ...FEATURES]);

describe("a tool that one registry entry adds, through the real collectors", function () {
  this.timeout(240_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let results: SensorResult[];

  before(async () => {
    server = await emptyElasticsearch();
    await installTemplates(server, REGISTRY);
    rig = await PipelineRig.create(server, { registry: REGISTRY });
    await rig.start();
    results = await demonstrateSensors(server, rig, REGISTRY);
  });
  after(async () => {
    await rig?.destroy();
    // For the tests that follow on the same server.
    await removeIndices(server);
    await installTemplates(server);
  });

  it("is in the demo, with every sample line of every sensor as one document", () => {
    assert.deepEqual(
      results.map(({ tool }) => tool),
      ["toy", ...sensorsOf(FEATURES).map(({ tool }) => tool)],
    );
    assert.ok(isComplete(results), sensorTable(results));
    assert.match(sensorTable(results), /toy/);
  });

  it("has documents with its own severities and fields", async () => {
    const { bySeverity } = results.find(({ tool }) => tool === "toy")!;
    assert.deepEqual(bySeverity, { 4: 1, 2: 1 });
    const found = await server.client.search(INDICES.events);
    const ofToy = found.map(({ _source }) => _source).filter(({ toy }) => toy !== undefined);
    assert.deepEqual(ofToy.map(({ toy }) => toy).sort(byLoudness), [
      { greeting: "good night", loudness: 12.25 },
      { greeting: "hello", loudness: 71.5 },
    ]);
    assert.deepEqual(
      ofToy.map(({ event, labels }) => [
        (event as { module?: string }).module,
        (labels as { security_tool?: string }).security_tool,
      ]),
      [
        ["toy", "toy"],
        ["toy", "toy"],
      ],
    );
  });

  it("has a field of its own type in the index", async () => {
    const body = await server.client.must("GET", `/${INDICES.events}/_mapping`);
    const [{ mappings }] = Object.values(body) as [{ mappings: { properties: object } }];
    const types = fieldTypes(mappings.properties);
    assert.equal(types["toy.loudness"], "float");
    assert.equal(types["toy.greeting"], "keyword");
  });

  it("has no line in the dead-letter index", async () => {
    const { body } = await server.client.request(
      "GET",
      `/${INDICES.deadLetter}/_count?ignore_unavailable=true`,
    );
    assert.equal(body["count"] ?? 0, 0);
  });
});

function byLoudness(a: unknown, b: unknown): number {
  return (a as { loudness: number }).loudness - (b as { loudness: number }).loudness;
}
