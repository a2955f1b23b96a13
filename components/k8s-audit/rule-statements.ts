import { and, field, literal, lookup, set, source } from "../documents/ottl";
import { AUDIT_RULES } from "./all-rules";
import type { AuditCondition, AuditRule } from "./audit-rule";
import { controllerUser, type Trusted } from "./trusted";

const RULES = field("k8s_audit.rules");
const USER = source("user", "username");
/** Set where the token is of the kind that controllers of kube-controller-manager have: see trusted.ts. */
const OWN_TOKEN = 'log.cache["own_token"]';
const POD = source("user", "extra", "authentication.kubernetes.io/pod-name");
const CREDENTIAL = source("user", "extra", "authentication.kubernetes.io/credential-id");

/** Statements that name the rules that an event fits: all in `k8s_audit.rules`, the most severe in `rule.name`. */
export function ruleStatements(): string[] {
  const name = field("rule.name");
  return [
    `set(${OWN_TOKEN}, true) where ${POD} == nil and ${CREDENTIAL} != nil and IsMatch(${CREDENTIAL}[0], "^JTI=")`,
    ...AUDIT_RULES.map((rule) => `append(${RULES}, ${literal(rule.name)}) where ${condition(rule.when)}`),
    ...AUDIT_RULES.flatMap(marks),
    set("event.severity", lookup("severity", name), `${name} != nil`),
    set("event.kind", '"alert"', `${name} != nil`),
  ];
}

function marks({ name, techniques }: AuditRule): string[] {
  const fits = `${RULES} != nil and ContainsValue(${RULES}, ${literal(name)})`;
  const technique = field("threat.technique.id");
  return [
    set("rule.name", literal(name), fits),
    ...techniques.map(
      (id) =>
        `append(${technique}, ${literal(id)}) where ${fits} and (${technique} == nil or not ContainsValue(${technique}, ${literal(id)}))`,
    ),
  ];
}

/** In the order of their cost: what does not fit at the first is looked at no further. */
function condition(when: AuditCondition): string {
  const body = (when.body ?? []).map((one) => matches(source("requestText"), one)).join(" or ");
  const conditions = [
    when.resources && oneOf(field("k8s_audit.resource"), when.resources),
    `${source("stage")} ${when.received ? "==" : "!="} "RequestReceived"`,
    when.verbs && oneOf(source("verb"), when.verbs),
    when.creates && `${source("verb")} == "create" or ${field("http.response.status_code")} == 201`,
    when.impersonates && `${field("user.effective.name")} != nil`,
    when.succeeded &&
      `${field("http.response.status_code")} != nil and ${field("http.response.status_code")} < 400`,
    when.user && matches(USER, when.user),
    when.notUser && `not ${matches(USER, when.notUser)}`,
    when.fromPod !== undefined && `${POD} ${when.fromPod ? "!=" : "=="} nil`,
    when.except && `not (${trusted(when.except)})`,
    when.object && matches(field("orchestrator.resource.name"), when.object),
    when.namespace && matches(field("orchestrator.namespace"), when.namespace),
    when.notNamespace && `not ${matches(field("orchestrator.namespace"), when.notNamespace)}`,
    when.uri && matches(source("requestURI"), when.uri),
    when.notUri && `not ${matches(source("requestURI"), when.notUri)}`,
    when.notAuditId && `not ${matches(source("auditID"), when.notAuditId)}`,
    when.body && `IsString(${source("requestText")}) and (${body})`,
  ].filter((one) => typeof one === "string");
  return and(...conditions);
}

/** Statements say of a value that is not there that it matches nothing. */
function trusted({ controllers = [], users = [], kubelets }: Trusted): string {
  const accounts =
    controllers.length > 0 && `${OWN_TOKEN} == true and (${oneOf(USER, controllers.map(controllerUser))})`;
  const parts = users.length > 0 && oneOf(USER, users);
  const nodes = kubelets && matches(USER, "^system:node:");
  return [accounts, parts, nodes]
    .filter((one) => typeof one === "string")
    .map((one) => `(${one})`)
    .join(" or ");
}

function oneOf(value: string, texts: readonly string[]): string {
  return texts.map((text) => `${value} == ${literal(text)}`).join(" or ");
}

function matches(value: string, pattern: string): string {
  return `IsMatch(${value}, ${literal(pattern)})`;
}
