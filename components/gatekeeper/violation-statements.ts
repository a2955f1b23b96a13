import { TACTICS } from "../documents/attack";
import { constant, field, hash, LINE, lookup, set, setText, source } from "../documents/ottl";
import { WRITTEN_AT } from "../documents/pod-logs";
import { setFlattened } from "../documents/refused-fields";
import { attackByRule } from "./violation-severities";

const TYPE = source("event_type");
/** Of what is there already, which each audit says again. */
const AUDITED = `${TYPE} == "violation_audited"`;
const AT_ADMISSION = `${TYPE} == "violation"`;
const STAGE = field("gatekeeper.stage");
/** Seconds since 1970, as zap writes them: with a fraction. */
const SECONDS = `Int(${source("ts")})`;

const LABELS = source("resource_labels");
/** Labels by which people say whose a workload is; the first that is there counts. */
const OWNER_LABELS = ["owner", "team"];

/**
 * How long a violation counts as there without being seen again. It is stored once an hour, and the longest interval of
 * audits is an hour too.
 */
const CURRENT_SECONDS = 2 * 3600 + 600;

const ID_TIME = 'log.cache["id.time"]';
const ID_REST = 'log.cache["id.rest"]';

/**
 * For the mapping's `identity`. What an audit finds again within the same hour is the same document, which is what keeps the
 * store small: what violates now was seen within the last hours, and since when is the first time that it was seen.
 */
export const IDENTITY = [ID_TIME, ID_REST];

/** From a line about a violation to the fields of its document. */
export function violationStatements(): string[] {
  return [...rule(), ...stage(), ...object(), ...identity(), ...message()];
}

function rule(): string[] {
  const kind = source("constraint_kind");
  const name = field("rule.name");
  return [
    setText("rule.name", kind),
    set("rule.name", lookup("rule", kind), `${lookup("rule", kind)} != nil`),
    set("event.severity", lookup("severity", name), `${lookup("severity", name)} != nil`),
    ...attackByRule().flatMap(({ rule, technique, tactic }) => [
      set("threat.technique.id", constant([technique]), `${name} == ${constant(rule)}`),
      set("threat.tactic.id", constant([TACTICS[tactic]]), `${name} == ${constant(rule)}`),
    ]),
    setText("gatekeeper.constraint", source("constraint_name")),
    setText("gatekeeper.kind", kind),
  ];
}

function stage(): string[] {
  const action = (what: string, where: string) => set("event.action", constant(what), where);
  const refused = `${AT_ADMISSION} and ${STAGE} == "deny"`;
  return [
    setText("gatekeeper.stage", source("constraint_action")),
    set("event.kind", '"state"', AUDITED),
    action("audited", AUDITED),
    action("let-through", AT_ADMISSION),
    action("warned", `${AT_ADMISSION} and ${STAGE} == "warn"`),
    action("refused", refused),
    set("event.type", '["denied"]', refused),
    set("event.outcome", '"failure"', refused),
    set("event.outcome", '"success"', `${AT_ADMISSION} and ${STAGE} != "deny"`),
  ];
}

function object(): string[] {
  const of = (key: string) => source(`resource_${key}`);
  const labelled = `IsMap(${LABELS})`;
  return [
    setText("kubernetes.namespace", of("namespace"), `${of("namespace")} != ""`),
    setText("kubernetes.pod.name", of("name"), `${of("kind")} == "Pod"`),
    ...setFlattened("kubernetes.labels", LABELS, labelled),
    setText("orchestrator.namespace", field("kubernetes.namespace")),
    setText("orchestrator.resource.name", of("name")),
    setText("orchestrator.resource.type", of("kind")),
    setText("gatekeeper.api_group", of("group"), `${of("group")} != ""`),
    // Whoever asks at admission is the last controller in a row, mostly.
    setText("user.name", source("request_username")),
    set("gatekeeper.owner", '"nobody"', AUDITED),
    ...[...OWNER_LABELS]
      .reverse()
      .map((label) =>
        setText(
          "gatekeeper.owner",
          `${LABELS}[${constant(label)}]`,
          `${labelled} and ${LABELS}[${constant(label)}] != nil`,
        ),
      ),
  ];
}

function identity(): string[] {
  const parts = [
    ...["constraint_kind", "constraint_name", "constraint_action"],
    ...["resource_group", "resource_kind", "resource_namespace", "resource_name", "msg"],
  ].map((key) => `String(${source(key)})`);
  const hour = `FormatTime(Unix(${SECONDS}), "%Y-%m-%dT%H:00:00Z")`;
  const violation = field("gatekeeper.violation");
  return [
    `set(${ID_TIME}, ${WRITTEN_AT})`,
    `set(${ID_TIME}, ${hour}) where ${AUDITED}`,
    `set(${ID_REST}, ${LINE})`,
    set("gatekeeper.violation", hash(parts), AUDITED),
    `set(${ID_REST}, ${violation}) where ${AUDITED}`,
    set(
      "gatekeeper.current_until",
      `FormatTime(Unix(${SECONDS} + ${CURRENT_SECONDS}), "%Y-%m-%dT%H:%M:%SZ")`,
      AUDITED,
    ),
  ];
}

/** "privileged (deny): Pod shop/web-1: found: main; allowed: ..." */
function message(): string[] {
  const text = 'log.cache["text"]';
  const parts = [field("rule.name"), '" ("', STAGE, '"): "', field("orchestrator.resource.type"), '" "'];
  const name = [`String(${source("resource_namespace")})`, '"/"', `String(${source("resource_name")})`];
  return [
    `set(${text}, ${source("msg")})`,
    `replace_pattern(${text}, "^denied admission: ", "")`,
    set("message", `Concat([${[...parts, ...name, '": "', text].join(", ")}], "")`),
  ];
}
