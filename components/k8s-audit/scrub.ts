import type { Scrub } from "../documents/documents";
import { literal } from "../documents/ottl";

const EVENT = 'log.cache["event"]';
const BODY = 'log.cache["body"]';
/** A text, or a list of texts, in JSON: to its own end, whatever is escaped in it. */
const TEXT = '"(?:\\\\.|[^"\\\\])*"';
const TEXTS = `\\[(?:${TEXT},?)*\\]`;

/** Resources whose bodies rules look into. Of everything else a body goes as a whole, whatever the API server's policy has. */
const WITH_BODY = [
  ...["roles", "clusterroles", "rolebindings", "clusterrolebindings", "serviceaccounts"],
  ...["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
  ...["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
  ...["pods", "replicationcontrollers", "daemonsets", "deployments", "replicasets", "statefulsets"],
  ...["cronjobs", "jobs"],
];

const REMOVED = '"[removed]"';

/**
 * What may hold a secret in those bodies, each by the JSON of its key and value. Each begins with text alone, which Go's regexp
 * looks for first: one that begins with a choice is tried at every quote.
 */
const HIDDEN: readonly [pattern: string, by: string][] = [
  // Of environment variables, of headers that probes send and of JSON patches.
  [`"value":${TEXT}`, `"value":${REMOVED}`],
  ...["value", "command", "args"].map((key): [string, string] => [
    `"${key}":${TEXTS}`,
    `"${key}":[${REMOVED}]`,
  ]),
  [`last-applied-configuration":${TEXT}`, `last-applied-configuration":${REMOVED}`],
  ...["token", "password", "caBundle"].map((key): [string, string] => [
    `"${key}":${TEXT}`,
    `"${key}":${REMOVED}`,
  ]),
];

/**
 * Statements at the node that take out of an audit event what must not go further: answers, bodies of secrets, values of
 * environment variables, commands, what `kubectl apply` kept. The JSON is read and written again first: an escape in a
 * patch of a client's (`"val\u0075e"`) hides nothing from the patterns. What can't be read loses all behind the body's
 * beginning, or all of it.
 */
const STATEMENTS: readonly string[] = [
  // A line that was cut for its length: what the API server writes before the bodies is whole (audit.k8s.io/v1, Event).
  `replace_pattern(log.body, ${literal(',"(requestObject|responseObject)":.*$')}, ${literal(',"truncated":true}')}) where not IsMatch(log.body, ${literal("\\}\\s*$")})`,
  `set(${EVENT}, ParseJSON(log.body)) where IsMatch(log.body, ${literal("^\\s*\\{.*\\}\\s*$")})`,
  // With its hash: of two such lines neither is a copy of the other.
  `set(log.body, Concat(["an audit line that could not be read was removed at the node, SHA-256", SHA256(log.body)], " ")) where not IsMap(${EVENT})`,
  // A list of events, or what was never one, has bodies elsewhere.
  `keep_keys(${EVENT}, ["kind", "apiVersion"]) where IsMap(${EVENT}) and ${EVENT}["kind"] != "Event"`,
  `delete_key(${EVENT}, "responseObject") where IsMap(${EVENT})`,
  `set(${BODY}, String(${EVENT}["requestObject"])) where IsMap(${EVENT}) and IsMap(${EVENT}["objectRef"]) and (${WITH_BODY.map((name) => `${EVENT}["objectRef"]["resource"] == ${literal(name)}`).join(" or ")}) and ${EVENT}["requestObject"] != nil`,
  `delete_key(${EVENT}, "requestObject") where IsMap(${EVENT})`,
  ...HIDDEN.map(
    ([pattern, by]) =>
      `replace_pattern(${BODY}, ${literal(pattern)}, ${literal(by)}) where IsString(${BODY})`,
  ),
  `set(${EVENT}["requestText"], ${BODY}) where IsString(${BODY})`,
  `set(log.body, String(${EVENT})) where IsMap(${EVENT})`,
];

/**
 * An event without a body has nothing to hide, and is most of them. It is known by how the API server writes events: one that
 * has no such key and is whole. What is anything else is looked into.
 */
export const SCRUB: Scrub = {
  where: [
    `not HasPrefix(log.body, ${literal('{"kind":"Event",')})`,
    `not HasSuffix(log.body, "}")`,
    // requestObject, responseObject
    `Index(log.body, ${literal('Object":')}) >= 0`,
  ].join(" or "),
  statements: STATEMENTS,
};
