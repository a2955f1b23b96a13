import type { CollectorFragment } from "../feature";
import { techniqueFields } from "../pipeline/attack";
import { literal, set, setInt, setList, setMap, setSeverity, setText, source } from "../pipeline/ottl";
import { SEVERITIES } from "../pipeline/severity";

const TYPES = Object.keys(SEVERITIES.tetragon);
const TYPE = 'log.cache["type"]';

/** A field of what is under the event's type key: `{"process_exec": {"process": ...}}`. */
function event(...keys: string[]): string {
  return ['log.cache["event"]', ...keys.map((key) => `[${literal(key)}]`)].join("");
}

const isMatch = `IsMatch(${TYPE}, "^process_(kprobe|tracepoint|uprobe|usdt|lsm)$$")`;

/**
 * Tetragon's events: `<base>/tetragon/tetragon.log`, which Tetragon rotates to `tetragon-<time>.log` itself.
 * Fields: cilium/tetragon v1.7 api/v1/tetragon/{events,tetragon}.proto, as protobuf's JSON (zeros left out).
 * The pod is all in the event, so there is nothing to look up.
 */
export function tetragonCollector(nodeLogBasePath: string): CollectorFragment {
  const folder = `${nodeLogBasePath}/tetragon`;
  return {
    tool: "tetragon",
    index: "events",
    receivers: {
      "file_log/tetragon": { include: [`${folder}/tetragon*.log`] },
    },
    document: {
      expects: [
        {
          condition: TYPES.map((type) => `IsMap(log.body[${literal(type)}])`).join(" or "),
          reason: "no Tetragon event of a known type",
        },
      ],
      time: source("time"),
      identity: [
        TYPE,
        source("time"),
        event("process", "exec_id"),
        event("function_name"),
        event("policy_name"),
        `String(${event("args")})`,
      ],
      statements: [
        ...selectEvent(),
        ...kind(),
        ...subject(),
        ...policy(),
        ...techniqueFields(event("tags"), "mitre."),
      ],
    },
  };
}

function selectEvent(): string[] {
  return TYPES.flatMap((type) => [
    `set(log.cache["event"], ${source(type)})`,
    `set(${TYPE}, ${literal(type)}) where IsMap(${source(type)})`,
  ]);
}

function kind(): string[] {
  return [
    set("event.kind", '"event"'),
    set("event.kind", '"alert"', isMatch),
    set("event.category", '["process"]'),
    set("event.category", '["intrusion_detection"]', isMatch),
    set("event.type", '["info"]'),
    set("event.type", '["start"]', `${TYPE} == "process_exec"`),
    set("event.type", '["end"]', `${TYPE} == "process_exit"`),
    set("event.action", TYPE),
    set("event.dataset", '"tetragon.events"'),
    ...setSeverity(TYPE, SEVERITIES.tetragon),
  ];
}

/** Who did it: process, its parent, container and pod. */
function subject(): string[] {
  const container = (...keys: string[]) => event("process", "pod", "container", ...keys);
  const image = 'log.cache["image"]';
  return [
    setText("process.entity_id", event("process", "exec_id")),
    setText("process.executable", event("process", "binary")),
    setText("process.arguments", event("process", "arguments")),
    set("process.command_line", event("process", "binary")),
    set(
      "process.command_line",
      `Concat([${event("process", "binary")}, ${event("process", "arguments")}], " ")`,
      `IsString(${event("process", "arguments")})`,
    ),
    setInt("process.pid", event("process", "pid")),
    setText("process.working_directory", event("process", "cwd")),
    setText("process.parent.executable", event("parent", "binary")),
    setText("process.parent.entity_id", event("process", "parent_exec_id")),
    setInt("process.exit_code", event("status")),
    `set(${'log.body["user"]["id"]'}, String(${event("process", "uid")})) where ${event("process", "uid")} != nil`,
    setText("user.name", event("process", "user", "name")),
    // The first twelve digits, as Falco gives them: one container has one id in all documents.
    `set(log.cache["container"], ExtractPatterns(${container("id")}, "(?P<id>[0-9a-f]{12})[0-9a-f]*$$")) where IsString(${container("id")})`,
    setText("container.id", 'log.cache["container"]["id"]'),
    setText("container.name", container("name")),
    `set(${image}, ExtractPatterns(${container("image", "name")}, "^(?P<name>(?:[^/]+/)*[^/:@]+)(?::(?P<tag>[^@]+))?")) where IsString(${container("image", "name")})`,
    setText("container.image.name", `${image}["name"]`),
    setText("container.image.tag", `${image}["tag"]`, `${image}["tag"] != ""`),
    setText("kubernetes.namespace", event("process", "pod", "namespace")),
    setText("kubernetes.pod.name", event("process", "pod", "name")),
    setText("kubernetes.pod.uid", event("process", "pod", "uid")),
    setMap("kubernetes.labels", event("process", "pod", "pod_labels")),
  ];
}

/** Which policy saw it, and what. */
function policy(): string[] {
  const name = 'log.cache["function"]';
  return [
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
    setText("tetragon.container_id", event("process", "pod", "container", "id")),
    setText("message", 'log.body["process"]["command_line"]'),
    setText("message", `Concat([${name}, log.body["process"]["command_line"]], ": ")`, `${name} != nil`),
    setText("message", event("message")),
  ];
}
