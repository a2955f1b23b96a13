import { chainDocument } from "../../../components/correlation/program/chain-document";
import { fieldOf } from "../../../scenarios/check/fields";
import { DEFAULT_INDICES, namespaceOf } from "../../../scenarios/model/names";
import type {
  Expectation,
  ExpectedChain,
  FieldRule,
  Scenario,
} from "../../../scenarios/model/scenario-schema";
import { stackRules } from "../../rigs/correlation/correlator-pass";

/** A document that is to be put into an index. */
export class StoredDocument {
  constructor(
    readonly index: string,
    readonly source: Record<string, unknown> = {},
  ) {}

  get(field: string): unknown {
    return fieldOf(this.source, field);
  }

  is(field: string, value: unknown): boolean {
    return this.get(field) === value;
  }

  /** Sets a field by its dotted name; undefined removes it. */
  set(field: string, value: unknown): this {
    const parts = field.split(".");
    const last = parts.pop() ?? "";
    let place = this.source;
    for (const part of parts) {
      place[part] ??= {};
      place = place[part] as Record<string, unknown>;
    }
    if (value === undefined) delete place[last];
    else place[last] = value;
    return this;
  }

  copy(): StoredDocument {
    return new StoredDocument(this.index, structuredClone(this.source));
  }
}

let documents = 0;

/** Documents for which every expectation of the scenarios holds, and a finding of Trivy. */
export function goodStore(scenarios: readonly Scenario[], since: Date): StoredDocument[] {
  const time = new Date(since.getTime() + 60_000);
  const found = scenarios.flatMap(({ expectations }) =>
    expectations.flatMap((one) => Array.from({ length: one.min }, () => documentOf(one, time))),
  );
  const chains = scenarios.flatMap(({ chains: expected }) => expected.map((chain) => chainOf(chain, found)));
  return [...found, ...chains, finding(time), scanReport(time)];
}

/** As the correlator writes it of documents of the tools that it takes. */
function chainOf({ rule: name, pod, technique, takes }: ExpectedChain, found: readonly StoredDocument[]) {
  const rule = stackRules().find((one) => one.name === name)!;
  const tools = [...new Set(takes.map((one) => one.split(": ")[0]!))];
  const inPod = (tool: string) =>
    found.filter((one) => one.is("labels.security_tool", tool) && one.is("kubernetes.pod.name", pod));
  const most = Math.max(rule.steps.length, tools.length);
  const events = Array.from(
    { length: most },
    (_, i) => inPod(tools[i % tools.length]!)[Math.floor(i / tools.length)]!,
  );
  const known: Record<string, string | undefined> = {
    "kubernetes.namespace": pod && namespaceOf(pod),
    "kubernetes.pod.name": pod,
    "threat.technique.id": technique,
  };
  const document = chainDocument(
    {
      ...{ rule, key: JSON.stringify(rule.groupBy.map((field) => known[field] ?? "x")), hour: 0 },
      chain: events.map((event, i) => ({
        time: Date.parse(String(event.get("@timestamp"))),
        id: String(event.get("event.id")),
        step: Math.min(i, rule.steps.length - 1),
      })),
    },
    {
      clusterName: "",
      now: new Date(String(events[0]!.get("event.created"))),
      details: new Map(events.map((event) => [String(event.get("event.id")), event.source])),
      evidence: rule.while ? ["CVE-2024-0001"] : [],
      raisedBy: [],
    },
  );
  return new StoredDocument(DEFAULT_INDICES.correlations, document);
}

function documentOf(expectation: Expectation, time: Date): StoredDocument {
  const document = dated(new StoredDocument(DEFAULT_INDICES[expectation.query.index]), time, 2)
    .set("host.name", "node-1")
    .set("event.severity", 1);
  for (const clause of expectation.query.query.bool.filter)
    for (const [field, value] of Object.entries((clause["term"] ?? {}) as object)) document.set(field, value);
  const line = fieldOf(expectation.query.query.bool.filter.at(-1) ?? {}, "wildcard.process.command_line");
  if (line) document.set("process.command_line", String(line).replaceAll("*", " x "));
  if (expectation.query.index === "events") document.set("container.id", "0f8ae74c4488");
  if (expectation.current)
    document
      .set("osquery.row_id", `row of ${document.get("osquery.query_name")}`)
      .set("event.action", "added");
  for (const [field, rule] of Object.entries(expectation.fields)) {
    const value = valueFor(field, rule);
    document.set(field, field.startsWith("threat.") ? [value] : value);
  }
  return document;
}

function valueFor(field: string, rule: FieldRule): unknown {
  if (typeof rule !== "object") return rule;
  if ("oneOf" in rule) return rule.oneOf[0];
  if ("atLeast" in rule) return rule.atLeast;
  if (field === "host.name") return "node-1";
  return field.endsWith(".port") ? 80 : "x";
}

function finding(time: Date): StoredDocument {
  return dated(new StoredDocument(DEFAULT_INDICES.vulnerabilities), time, 0)
    .set("labels.security_tool", "trivy")
    .set("event.severity", 5)
    .set("kubernetes.namespace", "ctem-test")
    .set("container.image.name", "docker.io/library/nginx")
    .set("vulnerability", {
      ...{ id: "CVE-2024-0001", severity: "CRITICAL", score: 8.1, state: "open" },
      ...{ installedVersion: "1.0", fixedVersion: "1.1" },
      ...{ kev: true, inUse: true, priority: 5 },
    });
}

/** What the reporter keeps of an image that it saw the reports of, with findings or without. */
function scanReport(time: Date): StoredDocument {
  return dated(new StoredDocument(DEFAULT_INDICES.vulnerabilities), time, 0)
    .set("labels.security_tool", "trivy")
    .set("event.dataset", "trivy.report")
    .set("event.severity", 1)
    .set("kubernetes.namespace", "ctem-test")
    .set("trivy.report.state", "present");
}

function dated(document: StoredDocument, time: Date, seconds: number): StoredDocument {
  documents += 1;
  return document
    .set("@timestamp", time.toISOString())
    .set("event.created", new Date(time.getTime() + seconds * 1000).toISOString())
    .set("event.id", `event-${documents}`);
}

type Which = (document: StoredDocument) => boolean;

/** Without the documents that are meant, or without the first so many of them. */
export function drop(
  store: StoredDocument[],
  which: Which,
  most = Number.POSITIVE_INFINITY,
): StoredDocument[] {
  let dropped = 0;
  return store.filter((document) => {
    if (dropped >= most || !which(document)) return true;
    dropped += 1;
    return false;
  });
}

export function change(
  store: StoredDocument[],
  which: Which,
  how: (document: StoredDocument) => StoredDocument,
): StoredDocument[] {
  return store.map((document) => (which(document) ? how(document) : document));
}

export function duplicate(store: StoredDocument[], which: Which): StoredDocument[] {
  return [...store, ...store.filter(which).map((document) => document.copy())];
}
