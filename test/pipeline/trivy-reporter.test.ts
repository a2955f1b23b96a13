import assert from "node:assert/strict";
import { assertHas } from "../rigs/trivy/trivy-partial";
import { type ReportSpec, vulnerabilities, vulnerability } from "../rigs/trivy/trivy-reports";
import { ReporterWorld } from "../rigs/trivy/trivy-world";

const LANGUAGE = { class: "lang-pkgs" };

interface Ledgered {
  _source: { trivy: { report: { scannerVersion?: string | null } } };
}

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

  it("stores a package's finding for each target that it is in", async () => {
    const golang = (target: string) =>
      vulnerability(1, { ...LANGUAGE, resource: "stdlib", packagePURL: "pkg:golang/stdlib@v1.22.1", target });
    const npm = (target: string) =>
      vulnerability(2, { ...LANGUAGE, resource: "lodash", packagePURL: "pkg:npm/lodash@4.17.0", target });
    await world.cluster.createReport(
      world.statefulSet(["usr/bin/a", "usr/bin/b", "usr/bin/c"].map(golang), "gobin"),
    );
    await world.cluster.createReport(
      world.statefulSet(["app/package-lock.json", "tools/package-lock.json"].map(npm), "locks"),
    );
    assertHas(await world.pass(), { subjects: 2, written: 5, refused: 0 });
    const found = await world.index.findings();
    assert.deepEqual(
      found
        .map(({ _source: { workload, vulnerability } }) => `${workload.name} ${vulnerability.target}`)
        .sort(),
      [
        "gobin usr/bin/a",
        "gobin usr/bin/b",
        "gobin usr/bin/c",
        "locks app/package-lock.json",
        "locks tools/package-lock.json",
      ],
    );
    assertHas(await world.pass(), { read: 0, bytes: 0 });
  });

  it("stores the most severe of a finding that a report lists twice, whichever comes first", async () => {
    const twice = Array.from({ length: 8 }, (_, number) => [
      vulnerability(number, { severity: "CRITICAL", score: 9.8, title: "a" }),
      vulnerability(number, { severity: "HIGH", score: 7.5, title: "b" }),
    ]).flat();
    await world.cluster.createReport(world.statefulSet(twice));
    assertHas(await world.pass(), { written: 8 });
    const severities = async () =>
      (await world.index.findings()).map(({ _source: { vulnerability } }) => vulnerability.severity);
    assert.deepEqual(await severities(), Array(8).fill("CRITICAL"));
    await world.cluster.updateReport(world.statefulSet([...twice].reverse()));
    assertHas(await world.pass(), { read: 1, written: 0, closed: 0 });
    assert.deepEqual(await severities(), Array(8).fill("CRITICAL"));
  });

  describe("where findings were stored before their target was a part of their identity", () => {
    const targets = ["usr/bin/a", "usr/bin/b"];
    const system = vulnerability(3);
    const before = [vulnerability(1), system];
    const after = [
      ...targets.map((target) => vulnerability(1, { ...LANGUAGE, target })),
      { ...system, class: "os-pkgs", target: "library/nginx:1.25 (debian 12.4)" },
    ];

    beforeEach(async () => {
      await world.cluster.createReport(world.statefulSet(before));
      assertHas(await world.pass(), { written: 2 });
      await world.cluster.updateReport(world.statefulSet(after));
    });

    async function isMigrated(): Promise<void> {
      assert.deepEqual(await world.index.states(), { open: 3, replaced: 1 });
      const found = await world.index.findings();
      const moved = found.filter(({ _source: { vulnerability } }) => vulnerability.id === "CVE-2026-10001");
      assert.deepEqual(
        moved
          .map(
            ({
              _source: {
                vulnerability: { state, target, firstSeen },
              },
            }) => `${state} ${target} ${firstSeen}`,
          )
          .sort(),
        [
          "open usr/bin/a 2026-11-22T12:05:00.000Z",
          "open usr/bin/b 2026-11-22T12:05:00.000Z",
          "replaced undefined 2026-11-22T12:05:00.000Z",
        ],
      );
      const stays = found.find(({ _source: { vulnerability } }) => vulnerability.id === "CVE-2026-10003");
      assert.equal(stays!._version, 1);
    }

    it("replaces each once by those of its targets, and touches no other", async () => {
      assertHas(await world.pass(), { written: 2, closed: 1, refused: 0 });
      await isMigrated();
      const operations = await world.index.operations();
      assertHas(await world.pass(), { read: 0, bytes: 0 });
      await world.cluster.updateReport(world.statefulSet([...after].reverse()));
      assertHas(await world.pass(), { read: 1, written: 0, closed: 0 });
      assert.equal(await world.index.operations(), operations + 1);
      await isMigrated();
    });

    it("replaces each once too when a pass is cut off between the two", async () => {
      // What such a pass leaves: the new findings, and a ledger that says that something is being written.
      const subject = (await world.index.findings())[0]!._source.vulnerability.report_id;
      await world.pass();
      const { hits } = await world.index.search<{ hits: { hits: { _id: string }[] } }>({
        query: { term: { "vulnerability.state": "replaced" } },
      });
      const open = { vulnerability: { state: "open", closedAt: null, closedReason: null } };
      await world.index.client.must(
        "POST",
        `/${world.index.name}/_update/${hits.hits[0]!._id}?refresh=true`,
        {
          doc: open,
        },
      );
      await world.index.client.must("POST", `/${world.index.name}/_update/${subject}?refresh=true`, {
        doc: { event: { hash: null } },
      });
      assertHas(await world.pass(), { written: 0, closed: 1 });
      await isMigrated();
    });

    it("counts them as rated below the threshold where all of its targets are", async () => {
      const low = after.map((finding) => ({ ...finding, severity: "LOW" }));
      await world.cluster.updateReport(world.statefulSet(low));
      assertHas(await world.pass(), { written: 0, closed: 2 });
      assert.deepEqual(await world.index.states(), { below_threshold: 2 });
    });
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

  it("notes by which version of the scanner, though the report names a digest, and of which later one it is the same", async () => {
    const [digest, next] = ["b", "c"].map((letter) => `sha256:${letter.repeat(64)}`);
    const report = world.statefulSet(vulnerabilities(2));
    const versions = async () => {
      const { hits } = await world.index.search<{ hits: { hits: Ledgered[] } }>({
        query: { term: { "event.dataset": "trivy.report" } },
      });
      return hits.hits.map(({ _source }) => _source.trivy.report.scannerVersion);
    };
    await world.cluster.createReport({ ...report, scanner: digest });
    const scannerImage = `mirror.example/aquasec/trivy:0.74.0@${digest}`;
    await world.pass({ scannerImage });
    assert.deepEqual(await versions(), ["0.74.0"]);
    await world.cluster.updateReport({ ...report, scanner: next });
    assertHas(await world.pass({ scannerImage }), { read: 1, written: 0 });
    assert.deepEqual(await versions(), [null]);
    await world.pass({
      scannerImage: `mirror.example/aquasec/trivy:0.75.0@${next}`,
      severityThreshold: "LOW",
    });
    assert.deepEqual(await versions(), ["0.75.0"]);
  });

  it("keeps clusters apart that share an index", async () => {
    await world.cluster.createReport(world.statefulSet(vulnerabilities(2)));
    await world.pass();
    await world.pass({ clusterName: "other" });
    assert.equal((await world.index.findings()).length, 4);
    assertHas(await world.pass(), { read: 0, missing: 0, bytes: 0 });
  });
});
