import assert from "node:assert/strict";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { PUBLIC_SHAPES } from "../support/k8s-audit/public-shapes";
import { hits } from "./looking";
import { type AuditWorld, auditWorld } from "./world";

const EVENT = {
  kind: "Event",
  level: "Request",
  stage: "ResponseComplete",
  requestURI: "/bad",
  verb: "get",
  user: { username: "u" },
  stageTimestamp: "2026-11-02T00:00:00.000000Z",
};
const event = (auditID: string, more: object = {}) => JSON.stringify({ ...EVENT, auditID, ...more });

/** Lines that become a document, by what is odd about them. */
const TAKEN: Readonly<Record<string, string>> = {
  "a stage before the answer": event("started", { stage: "ResponseStarted" }),
  "a panic": event("panic", { stage: "Panic" }),
  "an impersonated user": event("impersonated", { impersonatedUser: { username: "v", groups: ["g"] } }),
  "a clock that is years ahead": event("ahead", { stageTimestamp: "2031-01-01T00:00:00.000000Z" }),
  "no time": event("timeless", { stageTimestamp: undefined }),
  nobody: event("nobody", { user: undefined }),
  "an address that is none": event("address", { sourceIPs: ["not an address"] }),
  "megabytes of managedFields": event("managed", {
    objectRef: { resource: "pods", name: "p" },
    requestObject: { metadata: { managedFields: Array(50_000).fill({ "f:metadata": {} }) } },
  }),
  "an ID that another server gave too": event("twice", { stageTimestamp: "2026-11-02T00:00:01.000000Z" }),
};

/** Lines that are none of an event. */
const REFUSED: Readonly<Record<string, string>> = {
  "a line that breaks off": event("broken").slice(0, 80),
  "a list of events": JSON.stringify({ kind: "EventList", items: [{ requestObject: { secret: "s" } }] }),
  "an event without an ID": JSON.stringify(EVENT),
  "another kind": JSON.stringify({ kind: "Pod", auditID: "pod", verb: "get" }),
  "no JSON at all": "panic: runtime error",
};

describe("audit events of others, and bad ones", function () {
  this.timeout(240_000);
  let world: AuditWorld;
  let lettersBefore: number;

  before(async () => {
    world = await auditWorld();
    lettersBefore = await world.server.client.count(INDICES.deadLetter, { match_all: {} });
  });

  it("parse in the shapes of seven public sources, with user, object and outcome, without a dead letter", async () => {
    const lines = PUBLIC_SHAPES.map(({ event }, i) => JSON.stringify({ ...event, auditID: `shape-${i}` }));
    world.rig.placeLog("k8s_audit", "audit-shapes.log", `${lines.join("\n")}\n`);
    const found = await waitUntil("all shapes", async () => {
      const all = await hits(world, { prefix: { "k8s_audit.audit_id": "shape-" } });
      return all.length === PUBLIC_SHAPES.length && all;
    });
    assert.deepEqual(found.map(({ user }) => user.name).sort(), PUBLIC_SHAPES.map(({ user }) => user).sort());
    for (const { k8s_audit, "@timestamp": time } of found) {
      assert.match(time, /^2026-11-01T10:00:00\.004321/);
      assert.ok(!JSON.stringify(k8s_audit).includes("managedFields"));
    }
    assert.equal(await world.server.client.count(INDICES.deadLetter, { match_all: {} }), lettersBefore);
  });

  it("are each a document, or a dead letter with its reason, when they are bad", async () => {
    const agent = Buffer.from(event("agent", { userAgent: "AGENT" }));
    agent.set([0xff, 0xfe], agent.indexOf("AGENT"));
    const lines = [...Object.values(TAKEN), event("twice"), ...Object.values(REFUSED)].map(
      (line) => `${line}\n`,
    );
    const file = Buffer.concat([...lines.map((line) => Buffer.from(line)), agent, Buffer.from("\n")]);
    world.rig.placeLog("k8s_audit", "audit-bad.log", file);
    const documents = Object.keys(TAKEN).length + 2;
    const letters = lettersBefore + Object.keys(REFUSED).length;
    let seen = "";
    await waitUntil(`${documents} documents, ${letters} dead letters`, async () => {
      const bad = await hits(world, { term: { "url.original": "/bad" } });
      const refused = await world.server.client.count(INDICES.deadLetter, { match_all: {} });
      seen = `${bad.length} documents and ${refused} dead letters`;
      return bad.length === documents && refused === letters;
    }).catch((error: Error) => assert.fail(`${error.message} There were ${seen}.`));
    const refused = await world.server.client.search(INDICES.deadLetter, { match_all: {} });
    for (const { _source } of refused) {
      assert.match(JSON.stringify(_source["error"]), /"message":"[^"]+/);
      assert.ok(!JSON.stringify(_source).includes('\\"secret\\"'));
    }
  });
});
