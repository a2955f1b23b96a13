import assert from "node:assert/strict";
import { NO_LISTS } from "../../components/trivy/exploitation/exploitation";
import { collectFindings, type Finding, findingDocument } from "../../components/trivy/reporter/findings";
import { findingId, reportedWorkload, subjectOf } from "../../components/trivy/reporter/identity";
import type { Report, ReporterOptions, Vulnerability } from "../../components/trivy/reporter/types";
import { VULNERABILITY } from "../../components/trivy/reporter/vulnerability-kind";
import { reportObject, vulnerability } from "../rigs/trivy/trivy-reports";

const EPOCH = "1970-01-01T00:00:00.000Z";

const OPTIONS: ReporterOptions = {
  scanners: ["vulnerability"],
  clusterName: "test",
  severityThreshold: "HIGH",
  closeAfterMs: 0,
  exploitation: NO_LISTS,
  now: new Date(0),
};

function report(found: Vulnerability[], more: { tag?: string } = {}): Report {
  const spec = {
    namespace: "shop",
    name: "statefulset-db-app",
    container: "app",
    workload: { kind: "StatefulSet", name: "db" },
    vulnerabilities: found,
    ...more,
  };
  return { ...reportObject(spec), metadata: { ...metadata({}), name: spec.name } } as Report;
}

function metadata(labels: Record<string, string>) {
  return { name: "r", namespace: "shop", resourceVersion: "1", labels };
}

const SUBJECT = subjectOf(
  metadata({ "trivy-operator.container.name": "app" }),
  { kind: "Deployment", name: "web" },
  "c",
);

describe("identity of findings", () => {
  const id = (finding: Vulnerability) => findingId(SUBJECT, "library/nginx", finding);

  it("does not depend on what changes from scan to scan", () => {
    const found = vulnerability(1);
    for (const more of [
      { score: 1.5 },
      { title: "another" },
      { severity: "LOW" },
      { fixedVersion: "9" },
      { packagePURL: found.packagePURL?.replace("debian-12.4", "debian-12.5") },
      { class: "os-pkgs", target: "library/nginx:1.25 (debian 12.4)" },
    ])
      assert.equal(id({ ...found, ...more }), id(found), JSON.stringify(more));
  });

  it("tells apart what is another finding", () => {
    const found = vulnerability(1);
    for (const more of [
      { vulnerabilityID: "CVE-1" },
      { installedVersion: "0" },
      { packagePath: "app/lib.jar" },
      { target: "usr/bin/a" },
      { target: "usr/bin/a", class: "lang-pkgs" },
      { packagePURL: "pkg:deb/debian/other@1" },
    ])
      assert.notEqual(id({ ...found, ...more }), id(found), JSON.stringify(more));
  });

  it("keeps clusters, namespaces, workloads and containers apart", () => {
    const labels = { "trivy-operator.container.name": "app" };
    const web = { kind: "Deployment", name: "web" };
    const ids = [
      SUBJECT,
      subjectOf(metadata(labels), web, "other"),
      subjectOf({ ...metadata(labels), namespace: "other" }, web, "c"),
      subjectOf(metadata(labels), { ...web, kind: "StatefulSet" }, "c"),
      subjectOf(metadata({ "trivy-operator.container.name": "sidecar" }), web, "c"),
    ].map((subject) => subject.id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("takes the full name of a workload from where the operator puts long ones", () => {
    const kind = { "trivy-operator.resource.kind": "ReplicaSet" };
    const owner = { kind: "ReplicaSet", name: "long", controller: true };
    const annotations = { "trivy-operator.resource.name": "long" };
    assert.equal(reportedWorkload({ ...metadata(kind), ownerReferences: [owner] }).name, "long");
    assert.deepEqual(reportedWorkload({ ...metadata(kind), annotations }), {
      kind: "ReplicaSet",
      name: "long",
    });
  });
});

describe("findings of reports", () => {
  const collect = (...reports: Report[]) => collectFindings(VULNERABILITY, SUBJECT, reports, OPTIONS);

  it("have the same digest in whatever order they are listed", () => {
    const [one, two] = [vulnerability(1), vulnerability(2)];
    assert.equal(collect(report([one, two])).digest, collect(report([two, one])).digest);
    assert.equal(collect(report([one]), report([two])).digest, collect(report([two]), report([one])).digest);
    assert.notEqual(collect(report([one, two])).digest, collect(report([one])).digest);
    assert.notEqual(collect(report([])).digest, collect(report([], { tag: "1.26" })).digest);
  });

  it("survive text that an image's maker may have chosen", () => {
    const [[id, finding]] = [
      ...collect(
        report([
          vulnerability(1, {
            title: "x".repeat(100_000),
            resource: '"}\n{"delete":{}}',
            primaryLink: "javascript:alert(1)",
            publishedDate: "+275760-09-13T00:00:00Z and more",
            score: 1e39,
          }),
        ]),
      ).wanted,
    ] as [[string, Finding]];
    const json = findingDocument(VULNERABILITY, id, finding, {
      now: EPOCH,
      firstSeen: EPOCH,
      rating: { priority: 2 },
    });
    const document = JSON.parse(json) as { vulnerability: Record<string, unknown> };
    const { title, resource, reference, published, score } = document.vulnerability;
    assert.equal(String(title).length, 2003);
    assert.equal(resource, '"}\n{"delete":{}}');
    assert.deepEqual([reference, published, score], [undefined, undefined, undefined]);
    assert.equal(json.split("\n").length, 1);
  });

  it("that are listed twice are the most severe of the two, whichever comes first", () => {
    for (const severe of ["a", "b"])
      for (let number = 0; number < 8; number += 1) {
        const critical = vulnerability(number, { severity: "CRITICAL", score: 9.8, title: severe });
        const high = vulnerability(number, {
          severity: "HIGH",
          score: 7.5,
          title: severe === "a" ? "b" : "a",
        });
        const low = vulnerability(number, { severity: "LOW" });
        for (const order of [
          [critical, high, low],
          [low, high, critical],
        ]) {
          const [finding] = [...collect(report(order)).wanted.values()];
          assert.equal(finding!.severity, "CRITICAL");
          assert.equal(JSON.parse(`{${finding!.content}}}`).vulnerability.score, 9.8);
        }
      }
  });

  it("are one for each target that a package is found in", () => {
    const targets = ["usr/bin/a", "usr/bin/b", "usr/bin/c"];
    const found = targets.map((target) => vulnerability(1, { class: "lang-pkgs", target }));
    const { wanted, formerIds } = collect(report(found));
    const stored = [...wanted.values()].map(
      ({ content }) => JSON.parse(`{${content}}}`).vulnerability.target,
    );
    assert.deepEqual(stored.sort(), targets);
    assert.deepEqual(
      [...new Set(formerIds.values())],
      [findingId(SUBJECT, "library/nginx", vulnerability(1))],
    );
  });

  it("are not listed with and without target at once", () => {
    const targeted = report([vulnerability(1, { class: "lang-pkgs", target: "usr/bin/a" })]);
    assert.equal(collect(targeted, report([vulnerability(1)])).wanted.size, 1);
    assert.equal(collect(report([vulnerability(1)]), targeted).wanted.size, 1);
  });

  it("of an unknown severity are kept rather than lost", () => {
    const odd = vulnerability(1, { severity: "APOCALYPTIC" });
    const options = { ...OPTIONS, severityThreshold: "MEDIUM" as const };
    assert.equal(collectFindings(VULNERABILITY, SUBJECT, [report([odd])], options).wanted.size, 1);
  });

  it("below the threshold are known, not stored", () => {
    const { wanted, belowThreshold } = collect(
      report([vulnerability(1, { severity: "LOW" }), vulnerability(2)]),
    );
    assert.deepEqual([wanted.size, belowThreshold.size], [1, 1]);
  });
});
