import type { CollectorComponent } from "../feature";

/** A file of one JSON object per line that a tool appends to on the node. */
export interface JsonLogFile {
  /** Globs; rotated names belong in, compressed ones don't (they would be read again). */
  include: string[];
  exclude?: string[];
  /** Where the event's time is, in the stanza layout given. */
  time: { field: string; layout: string; layoutType: "gotime" | "epoch" };
  /** Body fields that name the pod which the event is about: the first that is set is taken. */
  pod?: { namespace: string; name: string };
}

/**
 * A `file_log` receiver that parses JSON lines into the record's body. A line that is no JSON object keeps
 * its text as body, which the gateway files as a dead letter.
 */
export function jsonLogReceiver(file: JsonLogFile): CollectorComponent {
  return {
    include: file.include,
    ...(file.exclude ? { exclude: file.exclude } : {}),
    operators: [parseJson(file), ...(file.pod ? podOperators(file.pod) : [])],
  };
}

function parseJson({ time }: JsonLogFile): CollectorComponent {
  return {
    type: "json_parser",
    parse_to: "body",
    // Numbers beyond 2^53 (Falco's evt.time) lose digits as floats.
    parse_ints: true,
    on_error: "send_quiet",
    timestamp: { parse_from: time.field, layout_type: time.layoutType, layout: time.layout },
  };
}

/**
 * Names the pod on the record's resource, where the k8s_attributes processor looks. It is always the pod in
 * the event: the path of the log file would name the sensor's own pod.
 */
function podOperators(pod: { namespace: string; name: string }): CollectorComponent[] {
  return [
    copyName(pod.namespace, 'resource["k8s.namespace.name"]'),
    copyName(pod.name, 'resource["k8s.pod.name"]'),
  ];
}

function copyName(field: string, to: string): CollectorComponent {
  return { type: "copy", if: isName(field), from: field, to, on_error: "send_quiet" };
}

// Falco writes null or "<NA>" for what it could not look up.
function isName(field: string): string {
  const steps = field.split(/(?=\[)|\./).slice(1);
  const paths = steps.map((_, i) => ["body", ...steps.slice(0, i)].reduce(joinStep));
  const maps = paths.map((path) => `type(${path}) == "map"`);
  return [...maps, `type(${field}) == "string"`, `not (${field} in ["", "<NA>"])`].join(" and ");
}

function joinStep(path: string, step: string): string {
  return step.startsWith("[") ? `${path}${step}` : `${path}.${step}`;
}
