import { attackFields } from "../documents/attack";
import { field, listText, literal, lookup, set, setInt, setList, setText, source } from "../documents/ottl";
import { setFlattened } from "../documents/refused-fields";
import { event, TYPE } from "./event-fields";
import { severityRules } from "./severity-rules";

/** A policy matched: only these name one. */
const IS_MATCH = `${event("policy_name")} != nil`;

/**
 * From an event to the fields of its document.
 * @param types keys that name an event's type
 */
export function tetragonStatements(types: readonly string[]): string[] {
  return [
    ...selectEvent(types),
    ...kind(),
    ...process(),
    ...container(),
    ...pod(),
    ...policy(),
    ...hook(),
    ...ownLosses(),
    ...message(),
    ...severityRules(),
    ...attackFields(listText("tetragon.tags"), { technique: "mitre." }),
  ];
}

function selectEvent(types: readonly string[]): string[] {
  return types.flatMap((type) => [
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
  const of = (...keys: string[]) => event("process", ...keys);
  const commandLine = "process.command_line";
  return [
    setText("process.entity_id", of("exec_id")),
    setText("process.executable", of("binary")),
    setText("process.arguments", of("arguments")),
    // protojson leaves out what is empty: a process may have a binary, arguments, both or neither.
    setText(commandLine, of("arguments")),
    setText(commandLine, of("binary")),
    set(
      commandLine,
      `Concat([${of("binary")}, ${of("arguments")}], " ")`,
      `${of("binary")} != nil and ${of("arguments")} != nil`,
    ),
    setInt("process.pid", of("pid")),
    setText("process.working_directory", of("cwd")),
    setText("process.parent.executable", event("parent", "binary")),
    setText("process.parent.entity_id", of("parent_exec_id")),
    setInt("process.exit_code", event("status")),
    setText("user.id", of("uid")),
    setText("user.name", of("user", "name")),
    ...setFlattened("tetragon.binary_properties", of("binary_properties")),
  ];
}

function container(): string[] {
  const of = (...keys: string[]) => event("process", "pod", "container", ...keys);
  const id = 'log.cache["container"]';
  return [
    // The first twelve digits, as Falco gives them: one container has one id in all documents. `docker` has the id
    // where Tetragon does not know the pod (yet): the first 31 digits, from the cgroup's name.
    ...[
      [event("process", "docker"), "^(?P<id>[0-9a-f]{12})"],
      [of("id"), "(?P<id>[0-9a-f]{12})[0-9a-f]*$$"],
    ].flatMap(([value, pattern]) => [
      `set(${id}, ExtractPatterns(${value}, "${pattern}")) where ${value} != nil`,
      setText("container.id", `${id}["id"]`, `${id}["id"] != nil`),
    ]),
    setText("tetragon.container_id", of("id"), `${of("id")} != ""`),
    setText("container.name", of("name")),
    ...image(of("image", "name"), of("image", "id")),
  ];
}

/** A digest alone, which is what the runtime says of an image without a tag. */
const DIGEST = "^(?:[a-z0-9]+:)?[0-9a-f]{32,}$$";
const IMAGE = "^(?:[a-z-]+://)?(?P<name>(?:[^/@]+/)*[^/:@]+)(?::(?P<tag>[^@/]+))?";

/** The image by its name, or by its id, which may have the repository too. Neither has a digest for a name. */
function image(name: string, id: string): string[] {
  const image = 'log.cache["image"]';
  return [
    [id, `IsMatch(${id}, "^[^@]+@") and not IsMatch(${id}, "^(?:[a-z-]+://)?sha256@")`],
    [name, `not IsMatch(${name}, "${DIGEST}")`],
  ]
    .flatMap(([value, isNamed]) => [
      `set(${image}, ExtractPatterns(${value}, "${IMAGE}")) where ${value} != nil and ${isNamed}`,
    ])
    .concat(
      setText("container.image.name", `${image}["name"]`, `${image}["name"] != nil`),
      setText("container.image.tag", `${image}["tag"]`, `${image}["tag"] != nil and ${image}["tag"] != ""`),
    );
}

function pod(): string[] {
  const of = (key: string) => event("process", "pod", key);
  return [
    setText("kubernetes.namespace", of("namespace")),
    setText("kubernetes.pod.name", of("name")),
    setText("kubernetes.pod.uid", of("uid")),
    ...setFlattened("kubernetes.labels", of("pod_labels")),
  ];
}

/** Which policy saw it, and what it did. */
function policy(): string[] {
  return [
    setText("tetragon.policy_name", event("policy_name")),
    setText("rule.name", event("policy_name")),
    setText("tetragon.action", event("action")),
    setText("tetragon.return_action", event("return_action")),
    setText("tetragon.signal", event("signal")),
    ...setList("tetragon.tags", event("tags")),
    ...setFlattened("tetragon.args", event("args")),
    ...setFlattened("tetragon.data", event("data")),
    ...setFlattened("tetragon.return", event("return")),
    ...setFlattened("tetragon.kernel_stack_trace", event("kernel_stack_trace")),
    ...setFlattened("tetragon.user_stack_trace", event("user_stack_trace")),
  ];
}

/**
 * What was hit, in fields of their own and in one text: a kernel function, `subsys/event` of a tracepoint,
 * `path:symbol` of a uprobe, `path:provider:name` of a USDT, or the path that was loaded.
 */
function hook(): string[] {
  const name = 'log.cache["function"]';
  const whole = (type: string, keys: string[], separator: string) =>
    set(
      "tetragon.hook",
      `Concat([${keys.map((key) => event(key)).join(", ")}], ${literal(separator)})`,
      [`${TYPE} == ${literal(type)}`, ...keys.map((key) => `${event(key)} != nil`)].join(" and "),
    );
  return [
    // "__x64_sys_setns", "__arm64_sys_setns" and "__ia32_sys_setns" are the same call.
    `set(${name}, ${event("function_name")})`,
    `replace_pattern(${name}, "^__(x64|arm64|ia32|ia32_compat)_", "") where ${name} != nil`,
    setText("tetragon.function_name", name),
    setText("tetragon.subsys", event("subsys")),
    setText("tetragon.event", event("event")),
    setText("tetragon.path", event("path")),
    setText("tetragon.symbol", event("symbol")),
    setText("tetragon.offset", event("offset")),
    setText("tetragon.provider", event("provider")),
    setText("tetragon.probe", event("name")),
    setText("tetragon.buildid", event("buildid")),
    setText("tetragon.ima_hash", event("ima_hash")),
    setText("tetragon.hook", name),
    setText("tetragon.hook", event("path")),
    whole("process_tracepoint", ["subsys", "event"], "/"),
    whole("process_uprobe", ["path", "symbol"], ":"),
    whole("process_usdt", ["path", "provider", "name"], ":"),
  ];
}

/** What Tetragon says of itself: a container whose starts and ends it holds back, and events that it dropped. */
function ownLosses(): string[] {
  const cgroup = event("cgroup");
  const id = 'log.cache["throttled"]';
  return [
    setText("tetragon.throttle.type", event("type")),
    setText("tetragon.throttle.cgroup", cgroup),
    // "cri-containerd-<id>.scope" of systemd, "<id>" of cgroupfs.
    `set(${id}, ExtractPatterns(${cgroup}, "(?P<id>[0-9a-f]{12})[0-9a-f]{52}")) where ${cgroup} != nil`,
    setText("container.id", `${id}["id"]`, `${id}["id"] != nil`),
    setInt("tetragon.dropped_events", event("number_of_dropped_process_events")),
  ];
}

/** The policy's own words; without any, what happened. */
function message(): string[] {
  const joined = (where: string, values: string[]) =>
    set("message", `Concat([${values.join(", ")}], ": ")`, where);
  const [hit, commandLine] = [field("tetragon.hook"), field("process.command_line")];
  const [type, cgroup] = [event("type"), event("cgroup")];
  const dropped = event("number_of_dropped_process_events");
  return [
    set("message", TYPE),
    setText("message", commandLine),
    setText("message", hit),
    joined(`${hit} != nil and ${commandLine} != nil`, [hit, commandLine]),
    joined(`${type} != nil and ${cgroup} != nil`, [type, cgroup]),
    joined(`${dropped} != nil`, ['"events that Tetragon dropped"', `String(${dropped})`]),
    setText("message", event("message")),
  ];
}
