import * as fs from "node:fs";
import * as path from "node:path";
import { registryFacts } from "../../../components/core/plan/registry-facts";
import { schema } from "../../../components/correlation/correlation-schema";
import { positionsDocument } from "../../../components/correlation/program/arrivals";
import { chainDocument } from "../../../components/correlation/program/chain-document";
import { resolveRules } from "../../../components/correlation/resolve-rules";
import { AGENT_PACK, PACKS } from "../../../components/osquery/packs";
import { FEATURES } from "../../../components/registry";
import { type AuditEntry, auditDocument } from "../../../components/response/program/audit";
import { NO_LISTS } from "../../../components/trivy/exploitation/exploitation";
import { feedNote } from "../../../components/trivy/exploitation/feed";
import type { Rating } from "../../../components/trivy/exploitation/priority";
import { collectFindings, findingDocument } from "../../../components/trivy/reporter/findings";
import { goneUpdate, ledgerDocument, notAssessedUpdate } from "../../../components/trivy/reporter/ledger";
import type { ReporterOptions, Subject } from "../../../components/trivy/reporter/types";
import { VULNERABILITY } from "../../../components/trivy/reporter/vulnerability-kind";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import { demoPosture } from "../../../tools/generate/dashboards/posture";
import { asRead, kindOfReport, recordedReports } from "../../rigs/trivy/recorded-reports";
import { vulnerability } from "../../rigs/trivy/trivy-reports";

export type StoredDocument = Record<string, unknown>;

export interface NamedDocument {
  name: string;
  document: StoredDocument;
}

/** Documents of every tool, and of every row of its table. */
export function allDocuments(): NamedDocument[] {
  return [
    ...goldenDocuments(),
    ...reporterDocuments(),
    ...postureDocuments(),
    ...inventoryDocuments(),
    ...requestDocuments(),
    ...correlationDocuments(),
    ...responseDocuments(),
  ];
}

const GOLDEN = path.join(__dirname, "..", "..", "golden", "documents");

/** Every golden document, as the real collectors made them. */
export function goldenDocuments(): NamedDocument[] {
  return fs.readdirSync(GOLDEN).flatMap((file) => {
    const documents = JSON.parse(fs.readFileSync(path.join(GOLDEN, file), "utf8"));
    return Object.entries(documents).map(([name, document]) => ({
      name: `${file}: ${name}`,
      document: document as StoredDocument,
    }));
  });
}

const SUBJECT: Subject = {
  id: "subject",
  namespace: "shop",
  workload: { kind: "Deployment", name: "web" },
  container: "app",
};
const OPTIONS: ReporterOptions = {
  scanners: ["vulnerability"],
  clusterName: "test",
  severityThreshold: "UNKNOWN",
  closeAfterMs: 0,
  exploitation: NO_LISTS,
  now: new Date("2026-11-29T09:00:00Z"),
};

const RATINGS: readonly Rating[] = [
  { kev: true, epss: 0.944, inUse: true, priority: 5 },
  { kev: false, epss: 0.001, inUse: false, priority: 1 },
  { priority: 2 },
];

/** What the reporter writes of a scan, by its own functions: open and closed findings, and its ledger. */
export function reporterDocuments(): NamedDocument[] {
  const vulnerabilities = [
    vulnerability(1),
    vulnerability(2, { vulnerabilityID: "GHSA-35jh-r3h4-6jhm", packagePath: "app/node_modules/lodash" }),
    vulnerability(3, { severity: "UNKNOWN", installedVersion: "", score: 11 }),
    vulnerability(4, { title: undefined, primaryLink: undefined, publishedDate: undefined }),
  ];
  const report = {
    artifact: { repository: "library/nginx", tag: "1.25" },
    registry: { server: "index.docker.io" },
    scanner: { version: "0.70.0" },
    vulnerabilities,
  };
  const metadata = { name: "report", namespace: SUBJECT.namespace, resourceVersion: "1" };
  const now = OPTIONS.now.toISOString();
  const { wanted } = collectFindings(VULNERABILITY, SUBJECT, [{ metadata, report }], OPTIONS);
  const open = [...wanted].map(
    ([id, finding], i) =>
      JSON.parse(
        findingDocument(VULNERABILITY, id, finding, {
          now,
          firstSeen: now,
          rating: RATINGS[i % RATINGS.length]!,
        }),
      ) as StoredDocument,
  );
  const [first] = open;
  const state = {
    sources: ["report@1"],
    digest: "digest",
    counts: { HIGH: 2, CRITICAL: 1 },
    images: [],
    rated: { kev: undefined, epss: undefined, inUse: true, rules: "1 0.1" },
  };
  const ledger = JSON.parse(JSON.stringify(ledgerDocument(VULNERABILITY, SUBJECT, report, state, OPTIONS)));
  const closed = merge(first!, {
    vulnerability: { state: "fixed", closedAt: now, closedReason: "not-reported" },
    event: { action: "vulnerability-fixed" },
  });
  return [
    ...open.map((document, i) => ({ name: `finding ${i}`, document })),
    { name: "closed finding", document: closed },
    { name: "scan", document: ledger },
    ...[undefined, "it is 40 days old"].map((fault) => {
      const { document } = feedNote(
        "kev",
        { version: "1", entries: 1404, released: now, fault },
        "test",
        OPTIONS.now,
      );
      return { name: `list, ${fault ?? "whole"}`, document: { ...document } };
    }),
    { name: "workload that is gone", document: merge(ledger, { ...goneUpdate(VULNERABILITY, OPTIONS.now) }) },
  ];
}

/** What the reporter makes of recorded reports: findings, open and closed, and what it notes of the reports. */
export function postureDocuments(): NamedDocument[] {
  const findings = [...demoPosture(OPTIONS.now).values()].map((document, i) => ({
    name: `posture ${i}`,
    document,
  }));
  const notes = recordedReports().map((recorded) => {
    const kind = kindOfReport(recorded);
    const { metadata, report } = asRead(recorded);
    const subject = kind.subjectOf(metadata, undefined, OPTIONS.clusterName);
    const state = { sources: [`${metadata.name}@1`], digest: "digest", counts: { high: 2 }, images: [] };
    const document = ledgerDocument(kind, subject, report, state, OPTIONS);
    return { name: `${recorded.kind} ${metadata.name}`, document: JSON.parse(JSON.stringify(document)) };
  });
  const [note] = notes;
  const off = merge(note!.document, { ...notAssessedUpdate(OPTIONS.now) });
  return [...findings, ...notes, { name: "scanner that was switched off", document: off }];
}

/** A row of every query of every pack, with each column that the query selects. */
export function inventoryDocuments(): NamedDocument[] {
  const golden = goldenDocuments().find(({ name }) => name === "osquery.json: a container")!.document;
  return [AGENT_PACK, ...Object.values(PACKS)].flatMap(({ queries }) =>
    Object.entries(queries).flatMap(([query, { query: sql }]) => {
      const columns = Object.fromEntries(columnsOf(sql).map((column) => [column, COLUMNS[column] ?? "1"]));
      return ["added", "removed"].map((action) => ({
        name: `${query}, ${action}`,
        document: merge(golden, {
          event: { action },
          osquery: { query_name: query, columns },
          network: { address: columns["address"], port: Number(columns["port"]), protocol: "6" },
        }),
      }));
    }),
  );
}

const COLUMNS: Readonly<Record<string, string>> = {
  address: "::",
  port: "443",
  path: "/etc/cron.d/backup",
  key_file: "/root/.ssh/authorized_keys",
  version: "12.4",
  name: "thing",
  username: "root",
};

/** Names of the columns of a SELECT: the aliases where there are any. */
function columnsOf(sql: string): string[] {
  const [, list = ""] = /^SELECT (?:DISTINCT )?(.*?) FROM /.exec(sql) ?? [];
  return list
    .replace(/\([^()]*\)/g, "")
    .split(",")
    .map((column) => /(\w+)$/.exec(column.trim())?.[1] ?? "")
    .filter(Boolean);
}

/** The API server's requests with every verb that there is. */
export function requestDocuments(): NamedDocument[] {
  const [golden] = goldenDocuments().filter(({ name }) => name.startsWith("k8s_audit-real.json"));
  const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "post"];
  return verbs.map((action) => ({
    name: `request: ${action}`,
    document: merge(golden!.document, { event: { action } }),
  }));
}

/** A chain of every rule, of Falco's alerts, and the document of a pass, as the correlator's own functions make them. */
export function correlationDocuments(): NamedDocument[] {
  const alerts = goldenDocuments().filter(({ name }) => name.startsWith("falco.json"));
  const id = (alert: NamedDocument) => (alert.document["event"] as { id: string }).id;
  const details = new Map(alerts.map((alert) => [id(alert), alert.document]));
  const context = { clusterName: OPTIONS.clusterName, now: OPTIONS.now };
  const chains = resolveRules(registryFacts(FEATURES).documents, INDICES, schema.parse({})).map((rule, i) => {
    const steps = rule.steps.map((_, step) => ({ time: i * 1000 + step, id: id(alerts[i + step]!), step }));
    const key = JSON.stringify(rule.groupBy.map((field) => `some ${field}`));
    const match = { rule, key, hour: 0, chain: steps };
    return {
      name: `chain: ${rule.name}`,
      document: chainDocument(match, {
        ...context,
        details,
        evidence: rule.while ? ["CVE-2026-1234"] : [],
        raisedBy: [],
      }),
    };
  });
  const reading = { ...context, events: "events", correlations: "correlations", latenessMs: 0 };
  return [...chains, { name: "pass", document: positionsDocument([], reading).document }];
}

function merge(base: StoredDocument, change: StoredDocument): StoredDocument {
  const merged = structuredClone(base);
  for (const [name, value] of Object.entries(change)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) && name !== "columns" ? merge(before, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is StoredDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the responder writes of a pod: something for each kind of action and verdict. */
export function responseDocuments(): NamedDocument[] {
  const cases = [
    ...["quarantine done", "quarantine failed", "evict done", "quarantine released", "annotate done"],
    ...["evict refused", "quarantine proposed"],
  ];
  const entries: AuditEntry[] = cases.map((one) => {
    const [action = "", verdict = ""] = one.split(" ");
    return {
      ...{ key: [one], time: Date.parse("2026-07-03T14:36:13Z"), verdict, message: one },
      alert: { alertname: "security-severe-event", rule: "Shell", technique: "T1611", severity: "high" },
      pod: { namespace: "shop", name: "web-1", uid: "6f1a2f3e-0000-4000-8000-000000000001", node: "node-1" },
      response: { id: "a1", rule: "contain", action, mode: "enforce", reason: "why" },
    };
  });
  const stranger: AuditEntry = {
    ...{ key: ["stranger"], time: 0, verdict: "unauthenticated", message: "a message refused" },
    response: { reason: "without the webhook's token", address: "10.0.0.1" },
  };
  return [...entries, stranger].map((entry) => ({
    name: `response: ${entry.message}`,
    document: auditDocument(entry, "test"),
  }));
}
