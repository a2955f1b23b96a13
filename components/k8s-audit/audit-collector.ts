import { type Alert, READ_AT } from "../documents/alerts";
import type { Condition } from "../documents/condition";
import type { CorrelationRule } from "../documents/correlation-rule";
import type { CollectorFragment } from "../documents/documents";
import { FLATTENED, INTEGER, KEYWORD, object, RULE, WILDCARD } from "../documents/fields";
import { MATCHABLE } from "../documents/matchable";
import { field, set, setInt, setList, setText, source } from "../documents/ottl";
import { setFlattened } from "../documents/refused-fields";
import { readSamples } from "../documents/sample-lines";
import type { Severity } from "../documents/severities";
import type { Indices } from "../documents/store";
import { AUDIT_COUNTS } from "./all-counts";
import { AUDIT_RULES } from "./all-rules";
import { auditOcsf } from "./audit-ocsf";
import type { AuditCount } from "./audit-rule";
import { HAS_RULES, markStatements, ruleStatements } from "./rule-statements";
import { SCRUB } from "./scrub";

const NO_RULE: Severity = 1;

const OF_AUDIT: Condition = { field: "labels.security_tool", is: "k8s_audit" };

/** `event.severity` by rule; a request that fits none is informational. */
const SEVERITIES = Object.fromEntries(AUDIT_RULES.map(({ name, severity }) => [name, severity]));

/** Addresses that a request passed; all but the last can be made up by the client (audit.k8s.io/v1, sourceIPs). */
const ADDRESSES = source("sourceIPs");
const REQUEST = source("requestObject");
const RESOURCE = field("k8s_audit.resource");

/**
 * The API server's audit log as it writes it to a file (`--audit-log-path`), an event of audit.k8s.io/v1 a line:
 * `<base>/k8s_audit/audit.log`, rotated to `audit-<time>.log`.
 */
export const auditCollector: CollectorFragment = {
  tool: "k8s_audit",
  index: "audit",
  severities: { ...SEVERITIES, "no rule": NO_RULE },
  fields: {
    rule: RULE,
    event: object({ outcome: KEYWORD }),
    user: object({ name: KEYWORD, id: KEYWORD, effective: object({ name: KEYWORD }) }),
    // What is no address stays in the document and is not searched: the whole document would be refused.
    source: object({ ip: { type: "ip", ignore_malformed: true } }),
    user_agent: object({ original: WILDCARD }),
    url: object({ original: WILDCARD }),
    http: object({ response: object({ status_code: INTEGER }) }),
    orchestrator: object({
      type: KEYWORD,
      namespace: KEYWORD,
      resource: object({ name: KEYWORD, type: KEYWORD }),
    }),
    k8s_audit: object({
      audit_id: KEYWORD,
      level: KEYWORD,
      stage: KEYWORD,
      resource: KEYWORD,
      api_group: KEYWORD,
      user_groups: KEYWORD,
      source_ips: KEYWORD,
      rules: KEYWORD,
      truncated: { type: "boolean" },
      annotations: FLATTENED,
      request: FLATTENED,
    }),
  },
  matchable: {
    namespace: MATCHABLE.namespace,
    user: MATCHABLE.user,
    rule: MATCHABLE.rule,
    technique: MATCHABLE.technique,
  },
  ocsf: auditOcsf,
  correlations: AUDIT_COUNTS.map(correlationOf),
  alerts: (indices) => AUDIT_COUNTS.map((count) => alertOf(count, indices)),
  samples: () => readSamples(`${__dirname}/samples`),
  receivers: (nodeLogBasePath) => ({
    "file_log/k8s_audit": { include: [`${nodeLogBasePath}/k8s_audit/audit*.log`] },
  }),
  scrub: SCRUB,
  document: {
    expects: [
      { condition: `${source("kind")} == "Event"`, reason: "no event of audit.k8s.io" },
      {
        condition: `IsString(${source("auditID")}) and IsString(${source("verb")})`,
        reason: "an audit event without auditID or verb",
      },
    ],
    time: source("stageTimestamp"),
    // Not the auditID alone: a client may choose it, and would hide what it does later behind its first request.
    identity: ["stageTimestamp", "auditID", "stage", "requestURI", "verb"]
      .map((key) => `String(${source(key)})`)
      .concat(`String(${source("user")})`),
    fixed: {
      event: {
        kind: "event",
        category: ["configuration"],
        type: ["info"],
        dataset: "k8s_audit.events",
        severity: NO_RULE,
      },
      orchestrator: { type: "kubernetes" },
    },
    lookups: { severity: SEVERITIES },
    statements: [...request(), ...client(), ...ruleStatements()],
    afterwards: { where: HAS_RULES, statements: markStatements() },
  },
};

function selectionOf({ selection }: AuditCount): Condition[] {
  return [OF_AUDIT, ...Object.entries(selection).map(([name, is]) => ({ field: name, is }))];
}

/** The same over any span of its length, where an alert rule of Kibana looks once a minute. */
function correlationOf(count: AuditCount): CorrelationRule {
  const { name, title, severity, type, groupBy, timespanMinutes, atLeast, fix, tactic } = count;
  return {
    ...{ name: `audit-${name}`, title, severity, type, groupBy, timespanMinutes, atLeast, fix },
    attack: count.techniques.map((technique) => ({ tactic, technique })),
    steps: [{ name: "request", selection: selectionOf(count) }],
  };
}

function alertOf(count: AuditCount, { audit }: Indices): Alert {
  const { name, title, severity, fix, groupBy, timespanMinutes, atLeast } = count;
  return {
    id: `security-audit-${name}`,
    name: title,
    severity,
    fix,
    when: {
      ...{ kind: "matching", index: audit, timeField: READ_AT, minutes: timespanMinutes, atLeast, groupBy },
      filter: selectionOf(count),
    },
  };
}

function request(): string[] {
  const object = (key: string) => source("objectRef", key);
  const code = field("http.response.status_code");
  const subresource = object("subresource");
  return [
    setText("event.action", source("verb")),
    setInt("http.response.status_code", source("responseStatus", "code")),
    set("event.outcome", '"success"', `${code} != nil and ${code} < 400`),
    set("event.outcome", '"failure"', `${code} != nil and ${code} >= 400`),
    setText("url.original", source("requestURI")),
    setText("k8s_audit.audit_id", source("auditID")),
    setText("k8s_audit.level", source("level")),
    setText("k8s_audit.stage", source("stage")),
    setText("k8s_audit.resource", object("resource")),
    set("k8s_audit.resource", `Concat([${RESOURCE}, ${subresource}], "/")`, `${subresource} != nil`),
    setText("k8s_audit.api_group", object("apiGroup")),
    setText("orchestrator.namespace", object("namespace")),
    setText("orchestrator.resource.name", object("name")),
    set("orchestrator.resource.type", RESOURCE),
    setText("kubernetes.namespace", object("namespace")),
    setText("kubernetes.pod.name", object("name"), `${object("resource")} == "pods"`),
    ...setFlattened("k8s_audit.annotations", source("annotations")),
    ...setFlattened("k8s_audit.request", REQUEST),
    set("k8s_audit.truncated", "true", `${source("truncated")} == true`),
    set("k8s_audit.truncated", "true", `${source("annotations", "audit.k8s.io/truncated")} == "true"`),
    set(
      "message",
      `Concat([${source("user", "username")}, ${source("verb")}, ${source("requestURI")}], " ")`,
    ),
  ];
}

function client(): string[] {
  return [
    setText("user.name", source("user", "username")),
    setText("user.id", source("user", "uid")),
    setText("user.effective.name", source("impersonatedUser", "username")),
    ...setList("k8s_audit.user_groups", source("user", "groups")),
    setText("user_agent.original", source("userAgent")),
    ...setList("k8s_audit.source_ips", ADDRESSES),
    ...[1, 2, 3, 4].map((length) =>
      setText("source.ip", `${ADDRESSES}[${length - 1}]`, `Len(${ADDRESSES}) == ${length}`),
    ),
  ];
}
