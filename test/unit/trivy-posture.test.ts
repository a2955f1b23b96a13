import assert from "node:assert/strict";
import { registryFacts } from "../../components/core/plan/registry-facts";
import { fieldTypes } from "../../components/documents/fields";
import { indexTemplates } from "../../components/documents/index-templates";
import { FEATURES } from "../../components/registry";
import { NO_LISTS } from "../../components/trivy/exploitation/exploitation";
import { REPORT_KINDS } from "../../components/trivy/reporter/all-kinds";
import { collectFindings, findingDocument } from "../../components/trivy/reporter/findings";
import type { ReportKind } from "../../components/trivy/reporter/report-kind";
import type { Check, Report, ReporterOptions } from "../../components/trivy/reporter/types";
import { TRIVY_SEVERITIES } from "../../components/trivy/trivy-severities";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { asRead, kindOfReport, type RecordedReport, recordedReports } from "../rigs/trivy/recorded-reports";
import { assertHas } from "../rigs/trivy/trivy-partial";

type Json = Record<string, unknown>;

const OPTIONS: ReporterOptions = {
  scanners: [],
  clusterName: "test",
  severityThreshold: "UNKNOWN",
  closeAfterMs: 0,
  exploitation: NO_LISTS,
  now: new Date(0),
};
const NOW = OPTIONS.now.toISOString();
/** In what the tools wrote: Trivy leaves half of a key in the clear, and a check quotes a password. */
const CANARY = "canary3f9c1ehunter2";

function findingsOf(recorded: RecordedReport, options = OPTIONS, report: Report = asRead(recorded)) {
  const kind = kindOfReport(recorded);
  const subject = kind.subjectOf(report.metadata, undefined, options.clusterName);
  return { kind, subject, ...collectFindings(kind, subject, [report], options) };
}

function documentsOf(recorded: RecordedReport, report?: Report): Map<string, Json> {
  const { kind, wanted } = findingsOf(recorded, OPTIONS, report);
  return new Map(
    [...wanted].map(([id, finding]) => [
      id,
      JSON.parse(findingDocument(kind, id, finding, { now: NOW, firstSeen: NOW })),
    ]),
  );
}

/** The first recorded report of a kind about an object that is named so. */
function sample(kind: string, name: string): RecordedReport {
  const found = recordedReports().find(
    (one) => one.kind === kind && one.metadata.ownerReferences?.[0]?.name.includes(name),
  );
  assert.ok(found, `no ${kind} of ${name} was recorded`);
  return found;
}

describe("Trivy's posture, of recorded reports", () => {
  const recorded = recordedReports();

  it("have every kind of report but vulnerabilities, in namespaces and in none, but for that of a node", () => {
    const kinds = new Set(recorded.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), [
      ...["ClusterConfigAuditReport", "ClusterRbacAssessmentReport", "ConfigAuditReport"],
      ...["ExposedSecretReport", "InfraAssessmentReport", "RbacAssessmentReport"],
    ]);
  });

  for (const report of recorded) {
    const { kind, metadata } = report;
    it(`${kind} ${metadata.name}: a finding for each check that fails or secret in a file, and no other`, () => {
      const { checks = [], secrets = [] } = report.report;
      const failed = new Set((checks ?? []).filter(({ success }) => !success).map(({ checkID }) => checkID));
      const exposed = new Set((secrets ?? []).map(({ ruleID, target }) => `${ruleID} ${target}`));
      const documents = [...documentsOf(report).values()];
      assert.equal(documents.length, failed.size + exposed.size);
      for (const document of documents) {
        const owner = metadata.ownerReferences![0]!;
        assertHas(document, {
          orchestrator: { resource: { type: owner.kind, name: owner.name } },
          finding: { state: "open" },
          event: { module: "trivy", kind: "state" },
        });
        assert.equal((document["kubernetes"] as Json | undefined)?.["namespace"], metadata.namespace);
        const { severity } = document["finding"] as { severity: keyof typeof TRIVY_SEVERITIES };
        assert.equal((document["event"] as Json)["severity"], TRIVY_SEVERITIES[severity]);
      }
    });
  }

  it("have fields that the index template has", () => {
    const { component, indices } = indexTemplates(INDICES, registryFacts(FEATURES).documents);
    const { body } = indices.find(({ name }) => name === INDICES.posture)!;
    const known = {
      ...fieldTypes(component.body.template.mappings.properties),
      ...fieldTypes(body.template.mappings.properties),
    };
    for (const document of recorded.flatMap((report) => [...documentsOf(report).values()]))
      for (const field of leavesOf(document)) assert.ok(field in known, `${field} is in no template`);
  });

  it("have ids that stay when the operator makes a report again, and are those of one cluster and scanner", () => {
    for (const one of recorded) {
      const again = asRead(one);
      const { checks, secrets } = again.report;
      const remade: Report = {
        metadata: { ...again.metadata, resourceVersion: "2" },
        report: {
          ...again.report,
          ...(checks ? { checks: [...checks].reverse() } : {}),
          ...(secrets ? { secrets: [...secrets].reverse() } : {}),
        },
      };
      const { wanted, digest } = findingsOf(one, OPTIONS, remade);
      assert.equal(digest, findingsOf(one).digest, one.metadata.name);
      const elsewhere = findingsOf(one, { ...OPTIONS, clusterName: "another" }).wanted;
      assert.ok([...wanted.keys()].every((id) => !elsewhere.has(id)));
    }
    const all = recorded.flatMap((one) => [...findingsOf(one).wanted.keys()]);
    assert.equal(new Set(all).size, all.length);
  });

  it("are those of the object, whichever scanner judges it", () => {
    const [config, rbac] = REPORT_KINDS.filter(({ resources }) => resources.cluster);
    const metadata = { name: "r", namespace: "shop", resourceVersion: "1" };
    const id = ({ subjectOf }: ReportKind) => subjectOf(metadata, { kind: "Pod", name: "web" }, "test").id;
    assert.notEqual(id(config!), id(rbac!));
  });

  it("never have the line with a secret, nor what a check says of an object", () => {
    assert.match(JSON.stringify(recorded.map(({ report }) => report.checks ?? [])), new RegExp(CANARY));
    assert.match(JSON.stringify(recorded.map(({ report }) => report.secrets ?? [])), new RegExp(CANARY));
    for (const one of recorded) {
      assert.doesNotMatch(JSON.stringify([...documentsOf(one).values()]), new RegExp(CANARY));
      const { metadata, report } = asRead(one);
      const planted: Report = {
        metadata,
        report: {
          ...report,
          ...(report.checks
            ? { checks: report.checks.map((check) => ({ ...check, messages: [`stores '${CANARY}'`] })) }
            : {}),
          ...(report.secrets
            ? { secrets: report.secrets.map((secret) => ({ ...secret, match: `key=${CANARY}` })) }
            : {}),
        },
      };
      const documents = [...documentsOf(one, planted).values()];
      assert.doesNotMatch(JSON.stringify(documents), new RegExp(CANARY));
    }
  });

  it("name the containers for which a check fails, once each, and no other word", () => {
    const containersOf = (name: string) => {
      const documents = [...documentsOf(sample("ConfigAuditReport", name)).values()];
      return documents.map((document) => (document["container"] as Json | undefined)?.["name"]);
    };
    const ofExport = containersOf("export");
    assert.ok(ofExport.length > 5);
    for (const names of ofExport)
      assert.ok([undefined, "job", "job,sidecar", "sidecar"].includes(names?.toString()));
    assert.ok(ofExport.some((names) => names?.toString() === "job,sidecar"));
    assert.deepEqual(new Set(containersOf("settings")), new Set([undefined]));
  });

  it("are one whichever way a version of Trivy spells the id of a check", () => {
    const one = sample("ConfigAuditReport", "export");
    const { metadata, report } = asRead(one);
    const ids = (spelling: (number: string) => string) => {
      const checks = report.checks!.map((check) => ({
        ...check,
        checkID: spelling(/(\d+)$/.exec(check.checkID)![1]!),
      }));
      return [...findingsOf(one, OPTIONS, { metadata, report: { ...report, checks } }).wanted.keys()];
    };
    const plain = ids((number) => `KSV-${number}`);
    assert.deepEqual(
      ids((number) => `AVD-KSV-${number}`),
      plain,
    );
    assert.deepEqual(
      ids((number) => `KSV${Number(number)}`),
      plain,
    );
    assert.notDeepEqual(
      ids((number) => `KCV-${number}`),
      plain,
    );
    assert.notDeepEqual(
      ids((number) => `KSV-${number}0`),
      plain,
    );
  });

  it("leave out what is below the threshold, and know that it is not fixed", () => {
    for (const one of recorded) {
      const all = findingsOf(one);
      const high = findingsOf(one, { ...OPTIONS, severityThreshold: "HIGH" });
      assert.equal(high.wanted.size + high.belowThreshold.size, all.wanted.size);
      assert.ok([...high.wanted.values()].every(({ severity }) => ["HIGH", "CRITICAL"].includes(severity)));
    }
  });

  it("survive texts without end, and lists that are null", () => {
    const one = sample("ConfigAuditReport", "export");
    const { metadata } = asRead(one);
    const long = "x".repeat(40_000);
    const check: Check = { checkID: long, title: long, description: long, severity: "__proto__" };
    const odd = documentsOf(one, { metadata, report: { checks: [{ ...check, messages: null }] } });
    assert.equal(odd.size, 1);
    for (const document of odd.values()) {
      assert.ok(JSON.stringify(document).length < 12_000);
      assertHas(document, { event: { severity: 3 } });
    }
    assert.equal(documentsOf(one, { metadata, report: { checks: null } }).size, 0);
  });
});

/** Full names of the fields with values; of a list those of its items. */
function leavesOf(value: unknown, prefix = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, prefix));
  if (typeof value !== "object" || value === null) return [prefix];
  return Object.entries(value).flatMap(([name, one]) => leavesOf(one, prefix ? `${prefix}.${name}` : name));
}
