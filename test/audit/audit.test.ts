import assert from "node:assert/strict";
import * as fs from "node:fs";
import { filterClauses } from "../../components/documents/condition";
import { AUDIT_RULES } from "../../components/k8s-audit/all-rules";
import { auditCollector } from "../../components/k8s-audit/audit-collector";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { EVASIONS, evade, HARMLESS } from "./evasions";
import { prepareTheDay, spendADay, WORKERS } from "./everyday";
import { WORKLOADS } from "./everyday-programs";
import { EVERYDAY } from "./everyday-work";
import { countApiCalls, hits, readAll, type Stored } from "./looking";
import { PRETENDERS, pretend } from "./pretenders";
import { hideBehindAnEarlierRequest, LONG, makeLongRequest, makeSecrets, SECRET } from "./requests";
import { ADMIN, type AuditWorld, auditWorld } from "./world";

/** Groups that the counting rules find in what the scenarios did: who did it, or from where. */
const COUNTED: Readonly<Record<string, string>> = {
  "security-audit-authentication-failures": "127.0.0.1",
};

describe("Kubernetes audit, from a request to a document", function () {
  this.timeout(240_000);
  let world: AuditWorld;
  let day: { bytes: number; events: number; calls: number };

  before(async () => {
    world = await auditWorld();
    const apis = await prepareTheDay(world);
    const before = { calls: await countApiCalls(world.api), bytes: fs.statSync(world.log).size };
    await spendADay(apis);
    const written = fs.readFileSync(world.log).subarray(before.bytes);
    day = {
      bytes: written.length,
      events: written.toString().split("\n").length - 1,
      calls: (await countApiCalls(world.api)) - before.calls,
    };
    await makeSecrets(world);
    await pretend(world);
    await makeLongRequest(world);
    await hideBehindAnEarlierRequest(world);
    await evade(world);
    await readAll(world);
  });

  it("has an attack for every rule", async () => {
    const all = await hits(world, { exists: { field: "k8s_audit.rules" } });
    const found = new Set(all.flatMap(({ k8s_audit }) => k8s_audit.rules ?? []));
    assert.deepEqual(
      AUDIT_RULES.filter(({ name }) => !found.has(name)).map(({ name }) => name),
      [],
    );
  });

  for (const { id, when, name } of auditCollector.alerts!(INDICES, { removedRows: 1 }))
    it(`${name}: the alert's question finds who did it, and nobody else`, async () => {
      assert.ok(when.kind === "matching");
      const { body } = await world.server.client.request("POST", `/${when.index}/_search`, {
        size: 0,
        query: { bool: { filter: filterClauses(when.filter) } },
        aggs: { groups: { terms: { field: when.groupBy[0], min_doc_count: when.atLeast } } },
      });
      const { groups } = body["aggregations"] as { groups: { buckets: { key: string }[] } };
      assert.deepEqual(
        groups.buckets.map(({ key }) => key),
        [COUNTED[id] ?? ADMIN],
      );
    });

  it("raises nothing for an ordinary day of people, CI and controllers", async () => {
    assert.ok(WORKLOADS.length >= 20);
    const everyday = await hits(world, { term: { "kubernetes.namespace": EVERYDAY } });
    const ofWorkers = await hits(world, { terms: { "user.name": WORKERS } });
    assert.ok(everyday.length > 50 && ofWorkers.length > 20, `${everyday.length} ${ofWorkers.length}`);
    assert.deepEqual(severe([...everyday, ...ofWorkers]), []);
    const perThousand = (value: number) => Math.round((value / day.calls) * 1000);
    console.log(
      `        ${WORKLOADS.length} kinds of work, ${day.calls} API calls; per 1,000 calls ${perThousand(day.events)} events, ${perThousand(day.bytes / 1024)} KiB`,
    );
  });

  it("raises nothing for what the control plane does with its own accounts", async () => {
    const own = await hits(world, {
      bool: {
        filter: [{ prefix: { "user.name": "system:" } }],
        must_not: [
          { term: { "user.name": "system:anonymous" } },
          { terms: { "orchestrator.resource.name": Object.values(PRETENDERS) } },
          { term: { "k8s_audit.rules": "controller-account-in-pod" } },
        ],
      },
    });
    assert.ok(own.length > 20);
    assert.deepEqual(severe(own), []);
  });

  for (const [how, name] of Object.entries(PRETENDERS))
    it(`sees who passes as a part of the control plane, by ${how}`, async () => {
      const made = await hits(world, { term: { "orchestrator.resource.name": name } });
      const rules = made.flatMap(({ k8s_audit }) => k8s_audit.rules ?? []);
      assert.ok(rules.includes("privileged-workload"), JSON.stringify(made));
    });

  for (const { what, rule, name } of EVASIONS)
    it(`sees ${what}`, async () => {
      const found = await hits(world, { term: { "orchestrator.resource.name": name } });
      const rules = found.flatMap(({ k8s_audit }) => k8s_audit.rules ?? []);
      assert.ok(rules.includes(rule), JSON.stringify(found));
    });

  for (const { what, name } of HARMLESS)
    it(`raises nothing for ${what}`, async () => {
      const found = await hits(world, { term: { "orchestrator.resource.name": name } });
      assert.ok(found.length > 0);
      assert.deepEqual(severe(found), []);
    });

  it("keeps what is secret out of documents and dead letters", async () => {
    assert.ok(fs.readFileSync(world.log, "utf8").includes(SECRET), "the API server's own file has it");
    const all = await world.server.client.search("security-*", { match_all: {} });
    assert.ok(all.length > 100);
    assert.equal(all.filter(({ _source }) => JSON.stringify(_source).includes(SECRET)).length, 0);
  });

  it("keeps both requests for which a client chose the same Audit-ID, and names them", async () => {
    const both = await hits(world, { term: { "k8s_audit.audit_id": "hidden" } });
    assert.deepEqual(both.map(({ event }) => event.action).sort(), ["create", "delete"]);
    for (const { k8s_audit } of both) assert.ok(k8s_audit.rules?.includes("chosen-audit-id"));
  });

  it("cuts an event that is too long and marks it, without its body", async () => {
    const [event, ...more] = await hits(world, {
      bool: {
        filter: [{ term: { "k8s_audit.truncated": true } }, { term: { "orchestrator.resource.name": LONG } }],
      },
    });
    assert.ok(event && more.length === 0);
    assert.deepEqual([event.event.action, event.user.name], ["create", ADMIN]);
    assert.equal(event.k8s_audit.request, undefined);
  });

  it("has no dead letter", async () => {
    assert.equal(await world.server.client.count(INDICES.deadLetter), 0);
  });
});

/** What an alert would be about. */
function severe(documents: readonly Stored[]): (string | undefined)[] {
  return documents
    .filter(({ event }) => event.severity >= 3)
    .map(({ rule, message }) => `${rule?.name}: ${message}`);
}
