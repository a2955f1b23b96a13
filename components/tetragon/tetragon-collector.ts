import * as path from "node:path";
import { attackFields } from "../documents/attack";
import type { CollectorFragment } from "../documents/documents";
import { FLATTENED, KEYWORD, object, PROCESS, RULE } from "../documents/fields";
import { field, literal, lookup, set, setInt, setList, setMap, setText, source } from "../documents/ottl";
import { readSamples } from "../documents/sample-lines";
import type { Severity } from "../documents/severities";

/**
 * `event.severity` by the key that names an event's type. A kprobe, tracepoint, uprobe, USDT or LSM event is a match
 * of a policy.
 */
export const TETRAGON_SEVERITIES = {
  process_kprobe: 4,
  process_tracepoint: 4,
  process_uprobe: 4,
  process_lsm: 4,
  process_usdt: 4,
  process_exec: 2,
  process_exit: 1,
  process_loader: 1,
  // Tetragon about itself: events of a container were held back, or dropped.
  process_throttle: 2,
  rate_limit_info: 3,
} as const satisfies Record<string, Severity>;

const TYPES = Object.keys(TETRAGON_SEVERITIES);
const TYPE = 'log.cache["type"]';

/** A field of what is under the event's type key: `{"process_exec": {"process": ...}}`. */
function event(...keys: string[]): string {
  return ['log.cache["event"]', ...keys.map((key) => `[${literal(key)}]`)].join("");
}

/** A policy matched: only these name one. */
const IS_MATCH = `${event("policy_name")} != nil`;

/**
 * Tetragon's events: `<base>/tetragon/tetragon.log`, which Tetragon rotates to `tetragon-<time>.log` itself.
 * Fields: cilium/tetragon v1.7 api/v1/tetragon/{events,tetragon}.proto, as protobuf's JSON (zeros left out).
 * The pod is all in the event, so there is nothing to look up.
 */
export const tetragonCollector: CollectorFragment = {
  tool: "tetragon",
  index: "events",
  severities: TETRAGON_SEVERITIES,
  fields: {
    rule: RULE,
    process: PROCESS,
    user: object({ name: KEYWORD, id: KEYWORD }),
    tetragon: object({
      function_name: KEYWORD,
      policy_name: KEYWORD,
      action: KEYWORD,
      signal: KEYWORD,
      tags: KEYWORD,
      container_id: KEYWORD,
      args: FLATTENED,
      return: FLATTENED,
    }),
  },
  // Processes start on every node all the time.
  heartbeatMinutes: 30,
  losses: [
    { label: "Tetragon dropped", conditions: [{ field: "event.action", is: "rate_limit_info" }] },
    { label: "Tetragon held back", conditions: [{ field: "event.action", is: "process_throttle" }] },
  ],
  samples: () => readSamples(path.join(__dirname, "samples")),
  receivers: (nodeLogBasePath) => ({
    "file_log/tetragon": { include: [`${nodeLogBasePath}/tetragon/tetragon*.log`] },
  }),
  document: {
    expects: [
      {
        condition: TYPES.map((type) => `IsMap(${source(type)})`).join(" or "),
        reason: "no Tetragon event of a known type",
      },
    ],
    time: source("time"),
    identity: [
      source("time"),
      TYPE,
      event("process", "exec_id"),
      event("function_name"),
      event("policy_name"),
      `String(${event("args")})`,
    ],
    fixed: { event: { kind: "event", category: ["process"], type: ["info"], dataset: "tetragon.events" } },
    lookups: { severity: TETRAGON_SEVERITIES },
    statements: [
      ...selectEvent(),
      ...kind(),
      ...process(),
      ...container(),
      ...pod(),
      ...policy(),
      ...attackFields(event("tags"), { technique: "mitre." }),
    ],
  },
};

function selectEvent(): string[] {
  return TYPES.flatMap((type) => [
    `set(${TYPE}, ${literal(type)}) where ${source(type)} != nil`,
    `set(log.cache["event"], ${source(type)})`,
  ]);
}

function kind(): string[] {
  return [
    set("event.severity", lookup("severity", TYPE)),
    set("event.action", TYPE),
    set("event.type", '["start"]', `${TYPE} == "process_exec"`),
    set("event.type", '["end"]', `${TYPE} == "process_exit"`),
    set("event.kind", '"alert"', IS_MATCH),
    set("event.category", '["intrusion_detection"]', IS_MATCH),
  ];
}

function process(): string[] {
  const parentOf = (key: string) => event("parent", key);
  return [
    setText("process.entity_id", event("process", "exec_id")),
    setText("process.executable", event("process", "binary")),
    setText("process.arguments", event("process", "arguments")),
    setText("process.command_line", event("process", "binary")),
    set(
      "process.command_line",
      `Concat([${event("process", "binary")}, ${event("process", "arguments")}], " ")`,
      `${event("process", "arguments")} != nil`,
    ),
    setInt("process.pid", event("process", "pid")),
    setText("process.working_directory", event("process", "cwd")),
    setText("process.parent.executable", parentOf("binary")),
    setText("process.parent.entity_id", event("process", "parent_exec_id")),
    setInt("process.exit_code", event("status")),
    setText("user.id", event("process", "uid")),
    setText("user.name", event("process", "user", "name")),
  ];
}

function container(): string[] {
  const of = (...keys: string[]) => event("process", "pod", "container", ...keys);
  const id = 'log.cache["container"]';
  const image = 'log.cache["image"]';
  return [
    // The first twelve digits, as Falco gives them: one container has one id in all documents.
    `set(${id}, ExtractPatterns(${of("id")}, "(?P<id>[0-9a-f]{12})[0-9a-f]*$$"))`,
    setText("container.id", `${id}["id"]`),
    setText("tetragon.container_id", of("id")),
    setText("container.name", of("name")),
    `set(${image}, ExtractPatterns(${of("image", "name")}, "^(?P<name>(?:[^/]+/)*[^/:@]+)(?::(?P<tag>[^@]+))?"))`,
    setText("container.image.name", `${image}["name"]`),
    setText("container.image.tag", `${image}["tag"]`, `${image}["tag"] != ""`),
  ];
}

function pod(): string[] {
  const of = (key: string) => event("process", "pod", key);
  return [
    setText("kubernetes.namespace", of("namespace")),
    setText("kubernetes.pod.name", of("name")),
    setText("kubernetes.pod.uid", of("uid")),
    setMap("kubernetes.labels", of("pod_labels")),
  ];
}

/** Which policy saw it, and what. */
function policy(): string[] {
  const name = 'log.cache["function"]';
  return [
    set("message", TYPE),
    setText("message", field("process.command_line")),
    // "__x64_sys_setns" and "__arm64_sys_setns" are the same call.
    `set(${name}, ${event("function_name")})`,
    `replace_pattern(${name}, "^__(x64|arm64)_", "") where ${name} != nil`,
    setText("tetragon.function_name", name),
    setText("tetragon.policy_name", event("policy_name")),
    setText("rule.name", event("policy_name")),
    setText("tetragon.action", event("action")),
    setText("tetragon.signal", event("signal")),
    setList("tetragon.tags", event("tags")),
    setList("tetragon.args", event("args")),
    setMap("tetragon.return", event("return")),
    set("message", `Concat([${name}, ${field("process.command_line")}], ": ")`, `${name} != nil`),
    setText("message", event("message")),
  ];
}
