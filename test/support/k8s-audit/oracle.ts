import { sortKeys } from "../../../components/documents/sort-keys";
import { AUDIT_RULES } from "../../../components/k8s-audit/all-rules";
import type { AuditCondition, AuditRule } from "../../../components/k8s-audit/audit-rule";
import { controllerUser, type Trusted } from "../../../components/k8s-audit/trusted";
import type { Document } from "../elastic/dashboard-oracle";

/** An event of audit.k8s.io/v1, as far as rules and dashboards ask. */
export interface AuditEvent {
  kind?: string;
  auditID?: string;
  stage?: string;
  verb?: string;
  requestURI?: string;
  user?: { username?: string; extra?: Record<string, string[]> };
  impersonatedUser?: { username?: string };
  sourceIPs?: string[];
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestObject?: unknown;
  stageTimestamp?: string;
}

const POD = "authentication.kubernetes.io/pod-name";
const CREDENTIAL = "authentication.kubernetes.io/credential-id";

/** The rules that an event fits, the least severe first: the rules as data, without the collector's language. */
export function rulesOf(event: AuditEvent): AuditRule[] {
  return AUDIT_RULES.filter(({ when }) => fits(when, event));
}

/** What the document of an audit line is to say. */
export function auditDocument(event: AuditEvent): Document | undefined {
  if (event.kind !== "Event" || event.auditID === undefined || event.verb === undefined) return undefined;
  const { objectRef = {}, responseStatus: { code } = {}, user, sourceIPs } = event;
  const rules = rulesOf(event);
  const worst = rules.at(-1);
  return {
    "@timestamp": event.stageTimestamp,
    labels: { security_tool: "k8s_audit" },
    host: { name: "node-1" },
    event: {
      kind: worst ? "alert" : "event",
      action: event.verb,
      severity: worst?.severity ?? 1,
      ...(code === undefined ? {} : { outcome: code < 400 ? "success" : "failure" }),
    },
    rule: { name: worst?.name },
    threat: { technique: { id: [...new Set(rules.flatMap(({ techniques }) => techniques))] } },
    kubernetes: {
      namespace: objectRef.namespace,
      pod: { name: objectRef.resource === "pods" ? objectRef.name : undefined },
    },
    http: { response: { status_code: code } },
    user: { name: user?.username },
    source: { ip: sourceIPs?.at(-1) },
    orchestrator: { resource: { name: objectRef.name } },
    k8s_audit: { resource: resourceOf(event), rules: rules.map(({ name }) => name) },
  };
}

function resourceOf({ objectRef }: AuditEvent): string | undefined {
  const { resource, subresource } = objectRef ?? {};
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

function fits(when: AuditCondition, event: AuditEvent): boolean {
  const {
    user,
    objectRef = {},
    responseStatus: { code } = {},
    requestURI,
    auditID,
    verb = "",
    stage,
  } = event;
  const name = user?.username;
  // As the collector writes it, whatever the client's order was.
  const body = event.requestObject === undefined ? undefined : JSON.stringify(sortKeys(event.requestObject));
  const is = (pattern: string | undefined, value: string | undefined) =>
    pattern === undefined || (value !== undefined && new RegExp(pattern).test(value));
  const isNot = (pattern: string | undefined, value: string | undefined) =>
    pattern === undefined || !is(pattern, value);
  return [
    (when.received === true) === (stage === "RequestReceived"),
    when.verbs === undefined || when.verbs.includes(verb),
    when.resources === undefined || when.resources.includes(resourceOf(event) ?? ""),
    !when.creates || verb === "create" || code === 201,
    !when.changes || (verb !== "create" && code !== 201),
    !when.impersonates || event.impersonatedUser?.username !== undefined,
    !when.succeeded || (code !== undefined && code < 400),
    when.fromPod === undefined || when.fromPod === (user?.extra?.[POD] !== undefined),
    when.except === undefined || !isTrusted(when.except, event),
    is(when.user, name) && isNot(when.notUser, name),
    is(when.object, objectRef.name) && is(when.uri, requestURI) && isNot(when.notUri, requestURI),
    is(when.namespace, objectRef.namespace) && isNot(when.notNamespace, objectRef.namespace),
    isNot(when.notAuditId, auditID),
    when.body === undefined || when.body.some((pattern) => is(pattern, body)),
    isNot(when.notBody, body),
  ].every(Boolean);
}

function isTrusted({ controllers = [], users = [], kubelets }: Trusted, { user }: AuditEvent): boolean {
  const name = user?.username ?? "";
  const extra = user?.extra ?? {};
  const hasOwnToken = extra[POD] === undefined && (extra[CREDENTIAL]?.[0] ?? "").startsWith("JTI=");
  return (
    (hasOwnToken && controllers.some((one) => controllerUser(one) === name)) ||
    users.some((one) => one === name) ||
    (kubelets === true && name.startsWith("system:node:"))
  );
}
