import assert from "node:assert/strict";
import type { ReportedScanner } from "../../components/trivy/reporter/types";
import { kindOfReport, type RecordedReport, recordedReports } from "../rigs/trivy/recorded-reports";
import { assertHas } from "../rigs/trivy/trivy-partial";
import { FaultyProxy } from "../rigs/trivy/trivy-proxy";
import { vulnerabilities } from "../rigs/trivy/trivy-reports";
import type { StoredPosture } from "../rigs/trivy/trivy-store";
import { type PassSettings, ReporterWorld } from "../rigs/trivy/trivy-world";

const SCANNERS: ReportedScanner[] = ["exposedSecret", "configAudit", "rbacAssessment", "infraAssessment"];
/** In what the tools wrote: a key that Trivy leaves half of in the clear, and a password that a check quotes. */
const CANARY = "canary3f9c1ehunter2";

describe("Trivy reporter: posture, of recorded reports in a real API server and a real Elasticsearch", function () {
  this.timeout(400_000);
  const recorded = recordedReports();
  let world: ReporterWorld;

  before(async () => {
    world = await ReporterWorld.start("trivy-posture");
    for (const name of new Set(recorded.flatMap(({ metadata }) => metadata.namespace ?? [])))
      await world.cluster.ensureNamespace(name);
  });
  after(() => world?.stop());
  beforeEach(async () => {
    await world.begin();
    for (const report of recorded) await world.cluster.putReport(report);
  });
  afterEach(async () => {
    await world.cluster.dropRecorded(recorded);
    await world.end();
  });

  const pass = (settings: PassSettings = {}) =>
    world.pass({ scanners: SCANNERS, severityThreshold: "UNKNOWN", ...settings });

  const found = async (report: RecordedReport): Promise<StoredPosture[]> => {
    const { kind, name } = report.metadata.ownerReferences![0]!;
    const { dataset } = kindOfReport(report).event;
    return (await world.posture.posture()).filter(
      ({ _source: { event, orchestrator, kubernetes } }) =>
        event.dataset === dataset &&
        orchestrator.resource.type === kind &&
        orchestrator.resource.name === name &&
        kubernetes?.namespace === report.metadata.namespace,
    );
  };

  const states = async (): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { _source } of await world.posture.posture())
      counts[_source.finding.state] = (counts[_source.finding.state] ?? 0) + 1;
    return counts;
  };

  /** One with many checks. */
  const workload = recorded.find(
    ({ kind, report }) => kind === "ConfigAuditReport" && report.checks!.length > 5,
  )!;
  const clusterRole = recorded.find(({ kind }) => kind === "ClusterRbacAssessmentReport")!;
  const secrets = recorded.find(({ kind }) => kind === "ExposedSecretReport")!;

  it("stores each once, in an index of its own, and writes nothing when nothing is new", async () => {
    const summary = await pass();
    assertHas(summary, { subjects: recorded.length, read: recorded.length, refused: 0, closed: 0 });
    const all = await world.posture.posture();
    assert.equal(all.length, summary.written);
    assert.deepEqual(await states(), { open: all.length });
    assert.deepEqual(await world.index.states(), {});
    const operations = await world.posture.operations();
    assertHas(await pass(), { read: 0, written: 0, closed: 0, bytes: 0 });
    assert.equal(await world.posture.operations(), operations);
    // Another reporter, which knows nothing of the first, gives them the same ids.
    await world.posture.remove();
    await pass();
    assert.deepEqual(
      (await world.posture.posture()).map(({ _id }) => _id),
      all.map(({ _id }) => _id),
    );
  });

  it("says of what is in no namespace that it is the cluster's", async () => {
    await pass();
    const ofRole = await found(clusterRole);
    assert.ok(ofRole.length > 0);
    for (const { _source } of ofRole) {
      assert.equal(_source.kubernetes, undefined);
      assert.equal(_source.orchestrator.namespace, undefined);
      assertHas(_source, { event: { dataset: "trivy.rbac_assessment" } });
    }
  });

  it("keeps to the threshold, and closes as fixed only what is", async () => {
    await pass();
    const low = (await world.posture.posture()).filter(({ _source }) => _source.event.severity < 4).length;
    assertHas(await pass({ severityThreshold: "HIGH" }), { written: 0, closed: low });
    const counts = await states();
    assert.equal(counts["below_threshold"], low);
    assert.equal(counts["fixed"], undefined);
  });

  it("never lets out the line with a secret, nor what a check quotes", async () => {
    assert.match(JSON.stringify(recorded), new RegExp(CANARY));
    assert.doesNotMatch(JSON.stringify(await pass()), new RegExp(CANARY));
    const { hits } = await world.posture.search<{ hits: { hits: object[] } }>({ size: 10_000 });
    assert.match(JSON.stringify(hits), /slack-access-token/);
    assert.doesNotMatch(JSON.stringify(hits), new RegExp(CANARY));
    for (const { _source } of await found(secrets)) {
      assertHas(_source, { event: { dataset: "trivy.exposed_secret" }, container: { name: "app" } });
      assert.match(_source.file!.path, /^\/(app|root)\//);
    }
  });

  it("closes what a report no longer lists, and opens what comes back", async () => {
    await pass();
    const before = await found(workload);
    const { checks } = workload.report;
    const [gone] = checks!;
    const rest = checks!.filter(({ checkID }) => checkID !== gone!.checkID);
    await world.cluster.changeReport({ ...workload, report: { ...workload.report, checks: rest } });
    assertHas(await pass(), { read: 1, written: 0, closed: 1 });
    const [closed] = (await found(workload)).filter(({ _source }) => _source.rule.id === gone!.checkID);
    assertHas(closed!._source, {
      event: { action: "finding-fixed" },
      finding: { state: "fixed", closedAt: "2026-11-22T12:10:00.000Z", closedReason: "not listed any more" },
    });
    await world.cluster.changeReport(workload);
    assertHas(await pass(), { written: 1, closed: 0 });
    assert.deepEqual(
      (await found(workload)).map(({ _id, _source: { finding } }) => [_id, finding.state, finding.closedAt]),
      before.map(({ _id }) => [_id, "open", undefined]),
    );
  });

  it("takes a check that passes for no finding", async () => {
    const passed = workload.report.checks!.map((check) => ({ ...check, success: true }));
    await world.cluster.changeReport({ ...workload, report: { ...workload.report, checks: passed } });
    await pass();
    assert.deepEqual(await found(workload), []);
  });

  it("closes the findings of an object that is gone, after several passes and the time for a new report", async () => {
    await pass();
    const count = (await found(clusterRole)).length;
    await world.cluster.dropReport(clusterRole);
    for (let i = 0; i < 3; i += 1) assertHas(await pass(), { missing: 1, closed: 0 });
    assertHas(await pass({ later: 6 * 60 }), { missing: 1, closed: count });
    assert.ok((await found(clusterRole)).every(({ _source }) => _source.finding.state === "fixed"));
    assertHas(await pass(), { missing: 0, bytes: 0 });
  });

  describe("of a scanner that is switched off", () => {
    const without = SCANNERS.filter((scanner) => scanner !== "rbacAssessment");
    const isRbac = ({ _source }: StoredPosture) => _source.event.dataset === "trivy.rbac_assessment";

    it("closes its findings as not assessed at once, reads its reports no more, and touches no other", async () => {
      await pass();
      const open = await world.posture.posture();
      const rbac = open.filter(isRbac).length;
      const proxy = new FaultyProxy(world.cluster.target);
      try {
        const kubernetes = await proxy.start();
        assertHas(await pass({ scanners: without, kubernetes }), { read: 0, written: 0, closed: rbac });
        assert.ok(proxy.seen.some((request) => request.includes("configauditreports")));
        assert.ok(!proxy.seen.some((request) => request.includes("rbacassessmentreports")));
      } finally {
        await proxy.stop();
      }
      assert.deepEqual(await states(), { open: open.length - rbac, not_assessed: rbac });
      for (const { _source, _version } of await world.posture.posture())
        if (isRbac({ _source } as StoredPosture))
          assertHas(_source, {
            event: { action: "finding-not-assessed" },
            finding: { closedReason: "its scanner is switched off", closedAt: "2026-11-22T12:10:00.000Z" },
          });
        else assert.equal(_version, 1);
      assertHas(await pass({ scanners: without }), { closed: 0, bytes: 0 });
    });

    it("opens what is there still once it is on again, as first seen before, and closes what is fixed by then", async () => {
      await pass();
      const before = await found(clusterRole);
      await pass({ scanners: without, later: 60 });
      const { checks } = clusterRole.report;
      const rest = checks!.filter(({ checkID }) => checkID !== checks![0]!.checkID);
      await world.cluster.changeReport({ ...clusterRole, report: { ...clusterRole.report, checks: rest } });
      await pass({ later: 60 });
      const now = await found(clusterRole);
      assert.deepEqual(
        now.map(({ _id, _source: { rule, finding } }) => [_id, finding.state, finding.firstSeen, rule.id]),
        before.map(({ _id, _source: { rule, finding } }) => [
          _id,
          rule.id === checks![0]!.checkID ? "fixed" : "open",
          finding.firstSeen,
          rule.id,
        ]),
      );
      assertHas(await pass(), { read: 0, bytes: 0 });
    });

    it("closes vulnerabilities as not assessed too", async () => {
      await world.cluster.createReport(world.statefulSet(vulnerabilities(3)));
      await pass({ scanners: ["vulnerability"] });
      assertHas(await pass({ scanners: ["configAudit"] }), { closed: 3 });
      assert.deepEqual(await world.index.states(), { not_assessed: 3 });
      assertHas(await pass({ scanners: ["vulnerability"] }), { written: 3 });
      assert.deepEqual(await world.index.states(), { open: 3 });
    });
  });

  it("needs rights on its index only once such a scanner is on, and says which are missing", async () => {
    const key = await world.elasticsearch.client.createApiKey("older", {
      older: {
        cluster: [],
        indices: [{ names: ["security-vuln*"], privileges: ["read", "index", "auto_configure"] }],
      },
    });
    const headers = { authorization: `ApiKey ${key}` };
    const elasticsearch = { ...world.index.target, headers };
    await world.cluster.createReport(world.statefulSet(vulnerabilities(2)));
    assertHas(await world.pass({ elasticsearch }), { written: 2, refused: 0 });
    const { refused, refusals } = await pass({ elasticsearch });
    assert.ok(refused > 0);
    assert.match(refusals[0]!.reason, /security_exception.*unauthorized/s);
  });
});
