import assert from "node:assert/strict";
import { Unavailable } from "../../components/trivy/reporter/retry";
import { assertHas } from "../rigs/trivy/trivy-partial";
import { FaultyProxy } from "../rigs/trivy/trivy-proxy";
import { vulnerabilities, vulnerability } from "../rigs/trivy/trivy-reports";
import { ReporterWorld } from "../rigs/trivy/trivy-world";
import { longTest } from "../support/long-test";

const IMPATIENT = { budgetMs: 300, firstWaitMs: 20, maxWaitMs: 100 };

describe("Trivy reporter, when something goes wrong", function () {
  this.timeout(400_000);
  let world: ReporterWorld;
  let store: FaultyProxy;
  let kubernetes: FaultyProxy;

  before(async () => {
    world = await ReporterWorld.start("trivy-faults");
  });
  after(() => world?.stop());
  afterEach(async () => {
    await store?.stop();
    await kubernetes?.stop();
    await world.end();
  });

  /** A test's world, with a proxy before each server. */
  async function begin(mappings?: Record<string, object>) {
    await world.begin(mappings);
    store = new FaultyProxy(world.index.target);
    kubernetes = new FaultyProxy(world.cluster.target);
    return { elasticsearch: await store.start(), kubernetes: await kubernetes.start() };
  }

  /** Fails the first requests whose path contains `part`, then none. */
  function failFirst(proxy: FaultyProxy, count: number, part: string, status?: number): void {
    let left = count;
    proxy.decide = ({ path }) => {
      if (!path.includes(part) || left === 0) return undefined;
      left -= 1;
      return status ? { kind: "answer", status } : { kind: "hang-up" };
    };
  }

  it("stores all, once, when Elasticsearch hangs up, has no room or is in trouble for a while", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(30)));
    for (const status of [undefined, 429, 503]) {
      failFirst(store, 3, "_bulk", status);
      await world.cluster.updateReport(world.statefulSet(vulnerabilities(30, status ?? 0)));
      assertHas(await world.pass(through), { read: 1, refused: 0 });
    }
    failFirst(store, 2, "_search", 502);
    assertHas(await world.pass(through), { read: 0, bytes: 0 });
    const ids = (await world.index.findings()).map(({ _id }) => _id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal((await world.index.states())["open"], 30);
  });

  it("stores all, once, when the answer to a request that was carried out is lost", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(30)));
    store.decide = ({ path }) =>
      path.includes("_bulk") && store.lost === 0 ? { kind: "lose-answer" } : undefined;
    assertHas(await world.pass(through), { written: 30, refused: 0 });
    assert.equal(store.lost, 1);
    assert.deepEqual(await world.index.states(), { open: 30 });
  });

  longTest("waits for an Elasticsearch that was killed and is started again", async () => {
    await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(30)));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(30, 10)));
    await world.elasticsearch.kill();
    const pass = world.pass({ policy: { budgetMs: 120_000, firstWaitMs: 50, maxWaitMs: 500 } });
    await world.elasticsearch.launch();
    assertHas(await pass, { read: 1, written: 10, closed: 10, refused: 0 });
    assert.deepEqual(await world.index.states(), { open: 30, fixed: 10 });
  });

  it("fails when Elasticsearch stays away, and the next pass makes up for it", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(10)));
    store.decide = () => ({ kind: "hang-up" });
    await assert.rejects(world.pass({ ...through, policy: IMPATIENT }), Unavailable);
    assert.deepEqual(await world.index.states(), {});
    assertHas(await world.pass(), { read: 1, written: 10, refused: 0 });
  });

  it("closes nothing and loses nothing when Elasticsearch goes away in the middle of a pass", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(3)));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(5, 2)));
    store.decide = ({ path }) => (path.includes("_bulk") ? { kind: "hang-up" } : undefined);
    await assert.rejects(world.pass({ ...through, policy: IMPATIENT }), Unavailable);
    assert.deepEqual(await world.index.states(), { open: 3 });
    assertHas(await world.pass(), { read: 1, written: 4, closed: 2 });
    assert.deepEqual(await world.index.states(), { open: 5, fixed: 2 });
  });

  it("waits for single documents that Elasticsearch has no room for", async () => {
    const through = await begin({});
    await world.cluster.createReport(world.statefulSet(vulnerabilities(10)));
    // What Elasticsearch does at its flood-stage watermark: every document of an index is put off with 429.
    await world.index.changeSettings({ "index.blocks.read_only_allow_delete": true });
    let tries = 0;
    store.decide = async ({ path }) => {
      if (path.includes("_bulk")) tries += 1;
      if (tries === 3) await world.index.changeSettings({ "index.blocks.read_only_allow_delete": null });
      return undefined;
    };
    assertHas(await world.pass(through), { written: 10, refused: 0 });
    assert.ok(tries >= 3);
    assert.deepEqual(await world.index.states(), { open: 10 });
  });

  it("stores the rest when one document is refused, says so, and stores that one when it can", async () => {
    await begin({ vulnerability: { properties: { title: { type: "long", ignore_malformed: false } } } });
    const good = [1, 2, 3].map((number) => vulnerability(number, { title: "7" }));
    const bad = vulnerability(4, { title: "not a number" });
    await world.cluster.createReport(world.statefulSet([...good, bad]));
    const summary = await world.pass();
    assertHas(summary, { refused: 1 });
    assert.match(summary.refusals[0]!.reason, /document_parsing_exception|mapper_parsing_exception/);
    assert.deepEqual(await world.index.states(), { open: 3 });
    // Still in the report, so still said; and the other three are not written again.
    assertHas(await world.pass(), { read: 1, written: 1, refused: 1 });
    await world.cluster.updateReport(world.statefulSet([...good, { ...bad, title: "8" }]));
    assertHas(await world.pass(), { written: 1, refused: 0 });
    assert.deepEqual(await world.index.states(), { open: 4 });
    assertHas(await world.pass(), { read: 0, bytes: 0 });
  });

  it("looks up what an interrupted pass left, and closes of it what is fixed by then", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(5)));
    let bulks = 0;
    store.decide = ({ path }) => {
      if (path.includes("_bulk")) bulks += 1;
      // The findings are stored; that they are is not.
      return bulks > 1 ? { kind: "hang-up" } : undefined;
    };
    await assert.rejects(world.pass({ ...through, policy: IMPATIENT }), Unavailable);
    assert.deepEqual(await world.index.states(), { open: 5 });
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(2)));
    assertHas(await world.pass(), { read: 1, written: 0, closed: 3 });
    assert.deepEqual(await world.index.states(), { open: 2, fixed: 3 });
  });

  it("takes a report that is deleted while it is read for missing", async () => {
    const through = await begin();
    const report = world.statefulSet(vulnerabilities(3));
    await world.cluster.createReport(report);
    await world.cluster.createReport(world.statefulSet(vulnerabilities(2), "cache"));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(1)));
    let deleted = false;
    kubernetes.decide = async ({ path }) => {
      if (path.includes(`/${report.name}?`) && !deleted) {
        deleted = true;
        await world.cluster.deleteReport(report);
      }
      return undefined;
    };
    assertHas(await world.pass(through), { subjects: 1, read: 0, closed: 0, missing: 1 });
    assert.ok(deleted);
    assert.deepEqual(await world.index.states(), { open: 5 });
  });

  it("stores every finding of a report of 1.4 MB", async () => {
    await begin();
    const text = "x".repeat(390);
    const found = vulnerabilities(1700).map((finding) => ({ ...finding, title: `${finding.title} ${text}` }));
    const report = world.statefulSet(found);
    assert.ok(JSON.stringify(report).length > 1_350_000, `${JSON.stringify(report).length}`);
    await world.cluster.createReport(report);
    assertHas(await world.pass(), { read: 1, written: 1700, refused: 0 });
    assert.deepEqual(await world.index.states(), { open: 1700 });
    await world.cluster.updateReport({ ...report, vulnerabilities: found.slice(0, 1690) });
    assertHas(await world.pass(), { written: 0, closed: 10 });
  });

  it("reads a list of many pages, and starts again when the API server has forgotten its beginning", async () => {
    const through = await begin();
    for (let i = 0; i < 5; i += 1)
      await world.cluster.createReport(world.statefulSet(vulnerabilities(1), `db-${i}`));
    let forgotten = false;
    kubernetes.decide = ({ path }) => {
      if (!path.includes("limit=500")) return undefined;
      if (!forgotten && !path.endsWith("continue=")) {
        forgotten = true;
        return { kind: "answer", status: 410 };
      }
      return { kind: "path", path: path.replace("limit=500", "limit=2") };
    };
    assertHas(await world.pass(through), { subjects: 5, read: 5, written: 5 });
    assert.equal(kubernetes.seen.filter((request) => request.includes("reports?limit=")).length, 2 + 3);
  });

  it("retries the API server, and closes nothing when it stays away", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(3)));
    failFirst(kubernetes, 2, "/vulnerabilityreports", 500);
    assertHas(await world.pass(through), { written: 3 });
    kubernetes.decide = () => ({ kind: "answer", status: 503 });
    await assert.rejects(world.pass({ ...through, policy: IMPATIENT }), /Kubernetes API: status 503/);
    assert.deepEqual(await world.index.states(), { open: 3 });
  });

  it("closes nothing when the reports' CRD is gone", async () => {
    const through = await begin();
    await world.cluster.createReport(world.statefulSet(vulnerabilities(3)));
    await world.pass();
    kubernetes.decide = () => ({ kind: "answer", status: 404 });
    await assert.rejects(world.pass(through), /is trivy-operator installed/);
    assert.deepEqual(await world.index.states(), { open: 3 });
  });

  it("says which rights are missing", async () => {
    await begin();
    const { elasticsearch } = world;
    const url = elasticsearch.url;
    const target = { ...world.index.target, url, headers: { authorization: "ApiKey bm90OmFrZXk=" } };
    await assert.rejects(world.pass({ elasticsearch: target }), /needs the privileges read and index/);
  });
});
