import type { Scrub, ScrubStep } from "../documents/documents";
import { literal } from "../documents/ottl";

/** A text, or a list of texts, in JSON: to its own end, whatever is escaped in it, or to the end of a line that was cut there. */
const TEXT = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*(?:"|\\\\?$)';
const TEXTS = `\\[(?:[\\s,]|${TEXT})*(?:\\]|$)`;

/** Resources whose bodies rules look into. Of everything else a body goes as a whole, whatever the API server's policy has. */
const WITH_BODY = [
  ...["roles", "clusterroles", "rolebindings", "clusterrolebindings", "serviceaccounts"],
  ...["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
  ...["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
  ...["pods", "replicationcontrollers", "daemonsets", "deployments", "replicasets", "statefulsets"],
  ...["cronjobs", "jobs", "namespaces", "persistentvolumes", "services"],
];

const REMOVED = '"[removed]"';

/**
 * What may hold a secret in those bodies: what is under keys that end so. Whether there is such a key is asked for by its
 * end: what is looked for begins with a letter that is rare in bodies, which Go finds many times as fast as one that is not.
 */
const HIDDEN: readonly [key: string, end: string, pattern: string, by: string][] = [
  // Of environment variables, of headers that probes send and of JSON patches.
  ["value", "value", TEXT, REMOVED],
  ["value", "value", TEXTS, `[${REMOVED}]`],
  ["command", "command", TEXTS, `[${REMOVED}]`],
  ["args", "gs", TEXTS, `[${REMOVED}]`],
  ["last-applied-configuration", "figuration", TEXT, REMOVED],
  ["token", "ken", TEXT, REMOVED],
  ["password", "word", TEXT, REMOVED],
  ["caBundle", "Bundle", TEXT, REMOVED],
];

/**
 * The API server writes of which kind an object is before its body (audit.k8s.io/v1, Event), where nothing else looks like
 * it: in a text there were backslashes.
 */
const BODY = 'Object":';
const isOurs = `Ref":\\{"resource":"(?:${WITH_BODY.join("|")})"`;

const place = (text: string) => `Index(log.body, ${literal(text)})`;
const fits = (value: string, pattern: string) => `IsMatch(${value}, ${literal(pattern)})`;

/**
 * An event without a body has nothing to hide, and is most of them. In one with a body of our resources the patterns find all
 * as it is written. Both are known by how the API server writes events: what is anything else is read first, which costs
 * many times as much.
 */
const IS_OTHERWISE = [
  `not HasPrefix(log.body, ${literal('{"kind":"Event",')})`,
  `not HasSuffix(log.body, "}")`,
  `(${place(BODY)} >= 0 and (${[
    `not ${fits(`Substring(log.body, 0, ${place(BODY)})`, isOurs)}`,
    // A letter or a hyphen as an escape (`"val\u0075e"`): the key of a patch is what the client wrote. What the API server
    // itself writes so is no part of a key of ours (encoding/json, HTMLEscape).
    fits("log.body", "\\\\u00(?:[4-7]|2[dD])"),
    `${place('responseObject":')} >= 0`,
  ].join(" or ")}))`,
].join(" or ");

/** On the record between two steps, which share no cache. */
const EVENT = 'log.attributes["security.event"]';
const REQUEST = 'log.cache["request"]';
const IS_OURS = `IsMap(${EVENT}["objectRef"]) and (${WITH_BODY.map((name) => `${EVENT}["objectRef"]["resource"] == ${literal(name)}`).join(" or ")})`;

/** An event that can't be read is left as it is, for the next step. */
const READ: ScrubStep = {
  where: IS_OTHERWISE,
  mayFail: true,
  statements: [
    // A line that was cut for its length: what the API server writes before the bodies is whole.
    `replace_pattern(log.body, ${literal(',"(requestObject|responseObject)":.*$')}, ${literal(',"truncated":true}')}) where not ${fits("log.body", "\\}\\s*$")}`,
    `set(${EVENT}, "can't be read")`,
    `set(${EVENT}, ParseJSON(log.body))`,
  ],
};

/** What was read is written again as the patterns know it, without what has to go as a whole. */
const WRITE: ScrubStep = {
  where: `${EVENT} != nil`,
  statements: [
    // With its hash: of two such lines neither is a copy of the other.
    `set(log.body, Concat(["an audit line that could not be read was removed at the node, SHA-256", SHA256(log.body)], " ")) where not IsMap(${EVENT})`,
    // A list of events, or what was never one, has bodies elsewhere.
    `keep_keys(${EVENT}, ["kind", "apiVersion"]) where IsMap(${EVENT}) and ${EVENT}["kind"] != "Event"`,
    `delete_key(${EVENT}, "responseObject") where IsMap(${EVENT})`,
    `set(${REQUEST}, ${EVENT}["requestObject"]) where IsMap(${EVENT}) and ${EVENT}["requestObject"] != nil and ${IS_OURS}`,
    `delete_key(${EVENT}, "requestObject") where IsMap(${EVENT})`,
    `set(${EVENT}["requestObject"], ${REQUEST}) where ${REQUEST} != nil`,
    `set(log.body, String(${EVENT})) where IsMap(${EVENT})`,
    `delete_key(log.attributes, "security.event")`,
  ],
};

const SENT = 'log.cache["sent"]';

/** From the body on: what is before it has nothing of these, and a pattern's cost grows with the text. */
const HIDE: ScrubStep = {
  where: `${place(BODY)} > 0`,
  statements: [
    `set(${SENT}, Substring(log.body, ${place(BODY)}, Len(log.body) - ${place(BODY)}))`,
    ...HIDDEN.map(hide),
    `set(log.body, Format("%s%s", [Substring(log.body, 0, ${place(BODY)}), ${SENT}]))`,
  ],
};

/**
 * Without a quote before the key: Go first looks for what a pattern begins with, and quotes are everywhere. One pattern for
 * texts and lists together would be slower: what a search of Go's clears at its start grows with the pattern too.
 */
function hide([key, end, value, by]: (typeof HIDDEN)[number]): string {
  const pattern = literal(`${key}"\\s*:\\s*${value}`);
  return `replace_pattern(${SENT}, ${pattern}, ${literal(`${key}":${by}`)}) where Index(${SENT}, ${literal(`${end}"`)}) >= 0`;
}

/**
 * At the node goes out of an audit event what must not go further: answers, bodies of all but some resources, values of
 * environment variables, commands, what `kubectl apply` kept. What can't be read loses all behind the body's beginning,
 * or all of it.
 */
export const SCRUB: Scrub = [READ, WRITE, HIDE];
