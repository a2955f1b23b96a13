import { and, field, literal, lookup, set, source } from "../documents/ottl";
import { AUDIT_RULES } from "./all-rules";
import type { AuditCondition, AuditRule } from "./audit-rule";
import { controllerUser, type Trusted } from "./trusted";

const RULES = field("k8s_audit.rules");
const USER = source("user", "username");
/** Set where the token is of the kind that controllers of kube-controller-manager have: see trusted.ts. */
const OWN_TOKEN = 'log.cache["own_token"]';
/** JSON of what was sent, as this program writes it: without what a client may write in several ways. */
const BODY = 'log.cache["body"]';
const POD = source("user", "extra", "authentication.kubernetes.io/pod-name");
const CREDENTIAL = source("user", "extra", "authentication.kubernetes.io/credential-id");

const RESOURCE = 'log.cache["resource"]';
const VERB = source("verb");

/** Of a document: that it fits a rule. */
export const HAS_RULES = `${RULES} != nil`;

/** Lists of which several rules ask for one: looked through once an event, not once a rule. */
const LISTS = [
  ...new Set(AUDIT_RULES.flatMap(({ when }) => [of(RESOURCE, when.resources), of(VERB, when.verbs)])),
].filter((list) => list?.startsWith("IsMatch"));

/** Statements that name all rules that an event fits, in the order of their severity, in `k8s_audit.rules`. */
export function ruleStatements(): string[] {
  return [
    `set(${BODY}, String(${source("requestObject")})) where ${source("requestObject")} != nil`,
    `set(${OWN_TOKEN}, true) where ${POD} == nil and ${CREDENTIAL} != nil and IsMatch(${CREDENTIAL}[0], "^JTI=")`,
    `set(${RESOURCE}, ${field("k8s_audit.resource")})`,
    ...LISTS.map((list, i) => `set(${isIn(i)}, true) where ${list}`),
    ...AUDIT_RULES.map((rule) => `append(${RULES}, ${literal(rule.name)}) where ${condition(rule.when)}`),
  ];
}

/** Statements on a document that {@link HAS_RULES}: the most severe in `rule.name`, and what goes with each. */
export function markStatements(): string[] {
  const name = field("rule.name");
  return [
    ...AUDIT_RULES.flatMap(marks),
    set("event.severity", lookup("severity", name), `${name} != nil`),
    set("event.kind", '"alert"', `${name} != nil`),
  ];
}

function marks({ name, techniques }: AuditRule): string[] {
  const fits = `ContainsValue(${RULES}, ${literal(name)})`;
  const technique = field("threat.technique.id");
  return [
    set("rule.name", literal(name), fits),
    ...techniques.map(
      (id) =>
        `append(${technique}, ${literal(id)}) where ${fits} and (${technique} == nil or not ContainsValue(${technique}, ${literal(id)}))`,
    ),
  ];
}

/** A value among texts that have no character with a meaning in a pattern. */
function of(value: string, texts: readonly string[] = []): string | undefined {
  if (texts.length < 2) return texts[0] && `${value} == ${literal(texts[0])}`;
  return matches(value, `^(?:${texts.join("|")})$`);
}

function isIn(list: number): string {
  return `log.cache["list_${list}"]`;
}

/** As {@link of}, by what was found before where it was looked for. */
function listed(value: string, texts: readonly string[] = []): string | undefined {
  const list = of(value, texts);
  const place = LISTS.indexOf(list);
  return place < 0 ? list : `${isIn(place)} == true`;
}

/** In the order of their cost: what does not fit at the first is looked at no further. */
function condition(when: AuditCondition): string {
  const body = (when.body ?? []).map((one) => matches(BODY, one)).join(" or ");
  const conditions = [
    listed(RESOURCE, when.resources),
    `${source("stage")} ${when.received ? "==" : "!="} "RequestReceived"`,
    listed(VERB, when.verbs),
    when.creates && `${VERB} == "create" or ${field("http.response.status_code")} == 201`,
    when.changes && `${VERB} != "create" and ${field("http.response.status_code")} != 201`,
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
    when.body && `${BODY} != nil and (${body})`,
    when.notBody && `not ${matches(BODY, when.notBody)}`,
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
