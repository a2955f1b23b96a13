import assert from "node:assert/strict";
import { assertHas } from "../support/trivy/trivy-partial";
import { type ReportSpec, vulnerabilities, vulnerability } from "../support/trivy/trivy-reports";
import { ReporterWorld } from "../support/trivy/trivy-world";

describe("Trivy reporter, on a real API server and a real Elasticsearch", function () {
  this.timeout(400_000);
  let world: ReporterWorld;

  before(async () => {
    world = await ReporterWorld.start("trivy-reporter");
  });
  after(() => world?.stop());
  beforeEach(() => world.begin());
  afterEach(() => world.end());

  it("stores what is at or above the threshold, once, with where it is", async () => {
    const low = vulnerability(90, { severity: "MEDIUM" });
    const [first, second] = vulnerabilities(2);
    await world.cluster.createReport(world.statefulSet([first!, second!, low]));
    assertHas(await world.pass(), { subjects: 1, read: 1, written: 2, closed: 0, refused: 0 });
    const found = await world.index.findings();
    assert.deepEqual(
      found.map(({ _source }) => [_source.vulnerability.id, _source.event.severity]),
      [
        ["CVE-2026-10000", 5],
        ["CVE-2026-10001", 4],
      ],
    );
    assertHas(found[0]!._source, {
      labels: { security_tool: "trivy" },
      kubernetes: { namespace: world.namespace },
      workload: { kind: "StatefulSet", name: "db" },
      container: { name: "app", image: { name: "docker.io/library/nginx", tag: "1.25" } },
      vulnerability: { state: "open", severity: "CRITICAL", resource: "libexample0" },
    });
  });

  it("writes nothing and reads no report when nothing is new", async () => {
    await world.cluster.createReport(world.statefulSet(vulnerabilities(20)));
    await world.pass();
    const before = await world.index.operations();
    assertHas(await world.pass(), { subjects: 1, read: 0, written: 0, closed: 0, bytes: 0 });
    assert.equal(await world.index.operations(), before);
  });

  it("stores a finding that a report lists twice once, whichever comes first", async () => {
    const twice = [vulnerability(1, { title: "first" }), vulnerability(1, { title: "second" })];
    await world.cluster.createReport(world.statefulSet(twice));
    assert.equal((await world.pass()).written, 1);
    await world.cluster.updateReport(world.statefulSet([...twice].reverse()));
    assertHas(await world.pass(), { read: 1, written: 0, closed: 0 });
    assert.equal((await world.index.findings()).length, 1);
  });

  it("closes what a report no longer lists, with the time, and touches nothing else", async () => {
    await world.cluster.createReport(world.statefulSet(vulnerabilities(3)));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(2)));
    assertHas(await world.pass(), { written: 0, closed: 1 });
    const [stays, , fixed] = await world.index.findings();
    assert.equal(stays!._version, 1);
    assert.equal(stays!._source.vulnerability.state, "open");
    assertHas(fixed!._source.vulnerability, {
      state: "fixed",
      closedAt: "2026-11-22T12:10:00.000Z",
      firstSeen: "2026-11-22T12:05:00.000Z",
      closedReason: "not listed any more",
    });
  });

  it("opens a finding again that comes back", async () => {
    await world.cluster.createReport(world.statefulSet(vulnerabilities(2)));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(1)));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet(vulnerabilities(2)));
    assertHas(await world.pass(), { written: 1, closed: 0 });
    const [, again] = await world.index.findings();
    assert.equal(again!._source.vulnerability.state, "open");
    assert.equal(again!._source.vulnerability.closedAt, undefined);
  });

  it("keeps the time of the first sight when a finding changes", async () => {
    await world.cluster.createReport(world.statefulSet([vulnerability(1, { fixedVersion: "" })]));
    await world.pass();
    await world.cluster.updateReport(world.statefulSet([vulnerability(1, { fixedVersion: "9.9" })]));
    assertHas(await world.pass(), { written: 1, closed: 0 });
    const [changed] = await world.index.findings();
    assert.equal(changed!._source.vulnerability.firstSeen, "2026-11-22T12:05:00.000Z");
    assert.equal(changed!._source["@timestamp"], "2026-11-22T12:10:00.000Z");
  });

  it("does not close what fell below the threshold as fixed, and takes it up again", async () => {
    const [high, critical] = [vulnerability(1), vulnerability(2)];
    await world.cluster.createReport(world.statefulSet([high, critical]));
    await world.pass({ severityThreshold: "HIGH" });
    assertHas(await world.pass({ severityThreshold: "CRITICAL" }), { written: 0, closed: 1 });
    assert.deepEqual(await world.index.states(), { below_threshold: 1, open: 1 });
    await world.pass({ severityThreshold: "HIGH" });
    assert.deepEqual(await world.index.states(), { open: 2 });
  });

  it("has the same ids, and closes nothing, when the operator makes the reports again", async () => {
    const report = world.statefulSet(vulnerabilities(5));
    await world.cluster.createReport(report);
    await world.pass();
    const before = await world.index.findings();
    await world.cluster.deleteReport(report);
    assertHas(await world.pass(), { missing: 1, closed: 0 });
    await world.cluster.createReport(report);
    assertHas(await world.pass(), { read: 1, written: 0, closed: 0, missing: 0 });
    assert.deepEqual(await world.index.findings(), before);
    assertHas(await world.pass({ later: 24 * 60 }), { read: 0, bytes: 0 });
  });

  it("closes the findings of a workload that is gone, after several passes and the time for a new scan", async () => {
    const report = world.statefulSet(vulnerabilities(3));
    await world.cluster.createReport(report);
    await world.pass();
    await world.cluster.deleteReport(report);
    for (let i = 0; i < 4; i += 1) assertHas(await world.pass(), { missing: 1, closed: 0 });
    assertHas(await world.pass({ later: 6 * 60 }), { missing: 1, closed: 3 });
    assert.deepEqual(await world.index.states(), { fixed: 3 });
    assertHas(await world.pass(), { subjects: 0, missing: 0, bytes: 0 });
  });

  it("does not close after a long pause of its own, but by passes that saw no report", async () => {
    const report = world.statefulSet(vulnerabilities(3));
    await world.cluster.createReport(report);
    await world.pass();
    await world.cluster.deleteReport(report);
    await world.pass();
    assertHas(await world.pass({ later: 48 * 60 }), { missing: 1, closed: 0 });
  });

  it("counts the findings to the Deployment, whichever ReplicaSet they are seen through", async () => {
    const found = vulnerabilities(4);
    const report = (set: { name: string; uid: string }): ReportSpec => ({
      namespace: world.namespace,
      name: `replicaset-${set.name}-app`,
      container: "app",
      workload: { kind: "ReplicaSet", ...set },
      vulnerabilities: found,
    });
    const old = report(await world.cluster.createDeployment(world.namespace, "web"));
    await world.cluster.createReport(old);
    await world.pass();
    const before = await world.index.findings();
    assert.deepEqual(before[0]!._source.workload, { kind: "Deployment", name: "web" });
    await world.cluster.createReport(
      report(await world.cluster.rollOut(world.namespace, "web", "registry.invalid/web:2")),
    );
    assertHas(await world.pass(), { subjects: 1, written: 0, closed: 0 });
    await world.cluster.deleteReport(old);
    assertHas(await world.pass(), { subjects: 1, written: 0, closed: 0, missing: 0 });
    assert.deepEqual(await world.index.findings(), before);
  });

  it("says that an image was scanned in which nothing was found", async () => {
    await world.cluster.createReport(world.statefulSet([]));
    await world.pass();
    const { hits } = await world.index.search<{ hits: { hits: { _source: object }[] } }>({});
    assert.equal(hits.hits.length, 1);
    assertHas(hits.hits[0]!._source, {
      event: { dataset: "trivy.report", action: "image-scanned" },
      workload: { kind: "StatefulSet", name: "db" },
      container: { image: { name: "docker.io/library/nginx", tag: "1.25" } },
    });
  });

  it("keeps clusters apart that share an index", async () => {
    await world.cluster.createReport(world.statefulSet(vulnerabilities(2)));
    await world.pass();
    await world.pass({ clusterName: "other" });
    assert.equal((await world.index.findings()).length, 4);
    assertHas(await world.pass(), { read: 0, missing: 0, bytes: 0 });
  });
});
