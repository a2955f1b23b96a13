import type { CollectorComponent } from "../feature";

/** A file of one JSON object per line that a tool appends to on the node. */
export interface JsonLogFile {
  /** Globs; rotated names belong in, compressed ones don't (they would be read again). */
  include: string[];
  exclude?: string[];
  /** Key of the event's time, and its layout as stanza's time parser has it. */
  time: { key: string; layout: string; layoutType: "gotime" | "epoch" };
  /** Keys of what names the pod that the event is about, where the event does not say all of it itself. */
  pod?: { namespace?: string[]; name?: string[]; uid?: string[] };
}

/** RFC 3339 with up to nine decimals, as Falco and Tetragon write their times. */
export const RFC3339 = { layoutType: "gotime", layout: "2006-01-02T15:04:05.999999999Z07:00" } as const;

/**
 * A `file_log` receiver that parses JSON lines into the record's body. A line that is no JSON object keeps
 * its text as body, which the gateway files as a dead letter.
 */
export function jsonLogReceiver(file: JsonLogFile): CollectorComponent {
  const { namespace, name, uid } = file.pod ?? {};
  return {
    include: file.include,
    ...(file.exclude ? { exclude: file.exclude } : {}),
    operators: [
      parseJson(file),
      ...copyName(namespace, "k8s.namespace.name"),
      ...copyName(name, "k8s.pod.name"),
      ...copyName(uid, "k8s.pod.uid"),
    ],
  };
}

function parseJson({ time }: JsonLogFile): CollectorComponent {
  return {
    type: "json_parser",
    // Two objects on one line: the parser would take the first and drop the second without a word. Inside of a
    // JSON string a quote has a backslash before it, so only a second object can begin like this.
    if: 'not (body contains "}{\\"")',
    parse_to: "body",
    // Numbers beyond 2^53 (Falco's evt.time) lose digits as floats.
    parse_ints: true,
    on_error: "send_quiet",
    timestamp: { parse_from: access(["body", time.key]), layout_type: time.layoutType, layout: time.layout },
  };
}

/**
 * Names the pod on the record's resource, where the k8s_attributes processor looks. It is always the pod in
 * the event: the path of the log file would name the sensor's own pod.
 */
function copyName(keys: string[] | undefined, attribute: string): CollectorComponent[] {
  if (!keys) return [];
  const from = access(["body", ...keys]);
  return [
    {
      type: "copy",
      if: isName(keys),
      from,
      to: `resource[${JSON.stringify(attribute)}]`,
      on_error: "send_quiet",
    },
  ];
}

// Falco writes null or "<NA>" for what it could not look up.
function isName(keys: string[]): string {
  const parents = keys.map((_, depth) => access(["body", ...keys.slice(0, depth)]));
  const value = access(["body", ...keys]);
  return [
    ...parents.map((parent) => `type(${parent}) == "map"`),
    `type(${value}) == "string"`,
    `not (${value} in ["", "<NA>"])`,
  ].join(" and ");
}

/** A path in stanza's notation, which is also an expression in its language. */
function access([root, ...keys]: string[]): string {
  return root + keys.map((key) => `[${JSON.stringify(key)}]`).join("");
}
