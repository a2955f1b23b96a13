import assert from "node:assert/strict";
import type { ToolDocuments } from "../../components/documents/documents";
import { ocsfConverter } from "../../components/documents/ocsf/convert";
import { DocumentReader } from "../../components/documents/ocsf/document-reader";
import { connectionDirection } from "../../components/documents/ocsf/event-objects";
import { ocsfRow } from "../../components/documents/ocsf/mapping";

const TOOL: ToolDocuments = {
  tool: "toy",
  index: "events",
  severities: {},
  fields: {},
  ocsf: {
    source: "test/unit/ocsf.test.ts",
    product: { name: "Toy", vendor_name: "Toys" },
    rows: [
      ocsfRow({
        kind: "greeting",
        class: "detection",
        activity: 1,
        selects: (document) => document.text("event.kind") === "alert",
        fields: (document) => {
          const uid = document.text("toy.id");
          return uid === undefined
            ? undefined
            : { finding_info: { uid, title: undefined, tags: [], analytic: {} }, evidences: [{ data: {} }] };
        },
      }),
    ],
  },
};
const convert = ocsfConverter([TOOL]);
const DOCUMENT = {
  "@timestamp": "2026-07-03T14:36:13.845000011Z",
  event: { id: "e1", kind: "alert", severity: 4, dataset: "toy.greetings" },
  labels: { security_tool: "toy" },
  toy: { id: "g1" },
};

describe("OCSF events of documents", () => {
  it("have class, activity, severity, time and what the row gives, without what is empty", () => {
    const conversion = convert(DOCUMENT);
    assert.ok("event" in conversion);
    const { event, ...about } = conversion;
    assert.deepEqual(about, { tool: "toy", kind: "greeting", class: "detection" });
    assert.equal(event["type_uid"], 200401);
    assert.equal(event["severity_id"], 4);
    assert.equal(event["time"], Date.parse("2026-07-03T14:36:13.845Z"));
    assert.deepEqual(event["finding_info"], { uid: "g1" });
    assert.deepEqual(event["evidences"], [{ data: {} }]);
    assert.deepEqual(event["unmapped"], { toy: { id: "g1" } });
    assert.equal((event["metadata"] as Record<string, unknown>)["original_time"], DOCUMENT["@timestamp"]);
  });

  it("are base events where no row fits", () => {
    for (const change of [{ toy: {} }, { event: { ...DOCUMENT.event, kind: "state" } }]) {
      const conversion = convert({ ...DOCUMENT, ...change });
      assert.ok("event" in conversion);
      assert.equal(conversion.event["class_uid"], 0);
    }
  });

  it("count the events that one stands for", () => {
    const conversion = convert({ ...DOCUMENT, event: { ...DOCUMENT.event, suppressed: 41 } });
    assert.ok("event" in conversion && conversion.event["count"] === 42);
  });

  it("have a direction whatever word the document has for it", () => {
    const directionOf = (word: string) =>
      connectionDirection(new DocumentReader({ network: { direction: word } }))["direction_id"];
    const words = ["ingress", "inbound", "egress", "outbound", "sideways", "constructor", "__proto__"];
    assert.deepEqual(words.map(directionOf), [1, 1, 2, 2, 0, 0, 0]);
  });

  for (const [reason, document] of [
    ["no JSON object", null],
    ["no JSON object", [DOCUMENT]],
    ["no document of a tool of this stack", {}],
    ["no document of a tool of this stack", { ...DOCUMENT, labels: { security_tool: "constructor" } }],
    ["a dead letter", { ...DOCUMENT, event: { ...DOCUMENT.event, kind: "pipeline_error" } }],
    ["no time", { ...DOCUMENT, "@timestamp": "soon" }],
    ["no event.id", { ...DOCUMENT, event: { kind: "alert" } }],
  ] as const)
    it(`are none of ${JSON.stringify(document)?.slice(0, 60)}: ${reason}`, () => {
      assert.deepEqual(convert(document), { refused: reason });
    });
});
