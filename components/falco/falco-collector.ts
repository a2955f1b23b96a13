import * as path from "node:path";
import { ALERT_WINDOW, type Alert, READ_AT } from "../documents/alerts";
import { ATTACK_LOOKUP, attackFields } from "../documents/attack";
import type { CollectorFragment } from "../documents/documents";
import { FLATTENED, KEYWORD, object, PROCESS, RULE } from "../documents/fields";
import { MATCHABLE } from "../documents/matchable";
import {
  and,
  field,
  LINE,
  listText,
  literal,
  lookup,
  set,
  setInt,
  setList,
  setText,
  source,
} from "../documents/ottl";
import { setFlattened } from "../documents/refused-fields";
import { readSamples } from "../documents/sample-lines";
import type { Severity } from "../documents/severities";
import type { Indices } from "../documents/store";
import { falcoOcsf } from "./falco-ocsf";
import { FALCO_SIGNALS } from "./falco-signals";

/** `event.severity` of an alert by its `priority` (falco.org, "Priorities"). */
export const FALCO_SEVERITIES = {
  Emergency: 5,
  Alert: 5,
  Critical: 4,
  Error: 3,
  Warning: 3,
  Notice: 2,
  Informational: 1,
  Debug: 1,
} as const satisfies Record<string, Severity>;

const output = (key: string) => source("output_fields", key);

/** Sets a field to a text of the alert. An empty one is Falco's word for what is not known, and is left out. */
const setKnown = (name: string, value: string, where?: string) =>
  setText(name, value, and(where, `${value} != ""`));

/** Of the sources that write `ka.` and `ct.` fields. System calls are most alerts, and have none of them. */
const IS_OF_PLUGIN = `${source("source")} != "syscall"`;
const setOfPlugin = (name: string, value: string, where?: string) =>
  setKnown(name, value, and(IS_OF_PLUGIN, where));

/** As Falco writes it, and with the space of programs that pass its alerts on. */
const NOT_KNOWN = literal(':\\s*"<NA>"');

const INTERNAL = `${source("source")} == "internal"`;
/** The alert that Falco makes of lost events: see syscall_event_drops in falco-yaml.ts. */
const DROPS = "Falco internal: syscall event drop";

/**
 * Fields that every alert is to have in its `output_fields`, whatever its rule names, so that its document has
 * them: for `append_output` in falco.yaml (falco.org, "Output Formatting"). The pod's uid and labels are the container
 * plugin's, read from the container runtime when the event happens (falcosecurity/plugins, plugins/container): nothing
 * has to be asked of the API server for them later, when the pod may be gone.
 */
export const ALERT_FIELDS: readonly string[] = [
  "evt.type",
  "proc.name",
  "proc.exepath",
  "proc.cmdline",
  "proc.args",
  "proc.pid",
  "proc.pname",
  "proc.pexepath",
  "user.name",
  "user.uid",
  "k8s.pod.uid",
  "k8s.pod.labels",
];

/** Further fields that exceptions by process need: see {@link ITS_OWN_FILE}. */
export const PROCESS_EXCEPTION_FIELDS: readonly string[] = ["proc.is_exe_upper_layer"];

const FLAT = field("falco.output_fields");
/**
 * The program is the image's or the node's own file: what is written to its path in a running container is in the upper
 * layer. Where the alert does not say, the exception does not hold.
 */
const ITS_OWN_FILE = `String(${FLAT}["proc.is_exe_upper_layer"]) == "false"`;
/** The path as the process gave it, made absolute (falco.org, "Supported Fields"). */
const FILE_NAME = `${FLAT}["fd.name"]`;

/**
 * Falco's alerts: one JSON object per line in `<base>/falco/events.log`, rotated by renaming. Fields: falco.org
 * "Outputs" and {@link ALERT_FIELDS}.
 */
export const falcoCollector: CollectorFragment = {
  tool: "falco",
  index: "events",
  severities: FALCO_SEVERITIES,
  fields: {
    rule: RULE,
    process: PROCESS,
    user: object({ name: KEYWORD, id: KEYWORD }),
    falco: object({ priority: KEYWORD, source: KEYWORD, tags: KEYWORD, output_fields: FLATTENED }),
  },
  matchable: {
    ...MATCHABLE,
    process: { value: field("process.executable"), besides: ITS_OWN_FILE },
    path: { value: FILE_NAME },
  },
  losses: [{ label: "Falco about itself", conditions: [{ field: "event.kind", is: "metric" }] }],
  ocsf: falcoOcsf,
  signals: FALCO_SIGNALS,
  alerts: (indices) => [eventsLost(indices)],
  samples: () => readSamples(path.join(__dirname, "samples")),
  receivers: (nodeLogBasePath) => {
    const files = `${nodeLogBasePath}/falco/events.log`;
    return { "file_log/falco": { include: [`${files}*`], exclude: [`${files}*.gz`] } };
  },
  document: {
    prepare: [
      // Falco's word for what it looked up and did not find. Inside of a JSON string a quote has a backslash before
      // it, so this is a value of its own and never a part of one.
      `replace_pattern(log.body, ${NOT_KNOWN}, ":null") where Index(log.body, "<NA>") >= 0`,
    ],
    expects: [
      { condition: `IsString(${source("priority")})`, reason: "a Falco event without a priority" },
      { condition: `IsString(${source("rule")})`, reason: "a Falco event without a rule" },
    ],
    time: source("time"),
    // The whole line: sources that know seconds only have several alerts of one text in one of them.
    identity: [source("time"), LINE],
    fixed: {
      event: {
        kind: "alert",
        category: ["intrusion_detection"],
        type: ["info"],
        action: "alert",
        dataset: "falco.alerts",
      },
    },
    lookups: { severity: severityByWord(), ...ATTACK_LOOKUP },
    statements: [
      ...alert(),
      ...process(),
      ...container(),
      ...pod(),
      ...attackFields(listText("falco.tags"), { technique: "", tactic: "mitre_" }),
    ],
  },
};

/** By the words in small letters, as other programs that pass Falco's alerts on write them. */
function severityByWord(): Record<string, number> {
  const words = Object.entries(FALCO_SEVERITIES).map(([word, severity]) => [word.toLowerCase(), severity]);
  return { ...Object.fromEntries(words), info: FALCO_SEVERITIES.Informational };
}

function eventsLost({ events }: Indices): Alert {
  return {
    id: "security-falco-events-lost",
    name: "Falco lost events",
    severity: 4,
    fix: "Which pod made so many calls? Anything else it did at that time may be missing. ebpf.bufferPreset enlarges the buffer.",
    when: {
      ...{ kind: "matching", index: events, timeField: READ_AT, minutes: ALERT_WINDOW, atLeast: 1 },
      filter: [
        { field: "event.kind", is: "metric" },
        { field: "rule.name", is: DROPS },
      ],
      groupBy: ["host.name"],
    },
  };
}

function alert(): string[] {
  return [
    set("event.severity", lookup("severity", `ConvertCase(${source("priority")}, "lower")`)),
    setKnown("event.action", output("evt.type")),
    setOfPlugin("event.action", output("ka.verb")),
    setOfPlugin("event.action", output("ct.name")),
    // Falco about itself: dropped system calls, metrics (falcosecurity/falco, event_drops.cpp, stats_writer.cpp).
    set("event.kind", '"metric"', INTERNAL),
    set("event.action", '"events-lost"', `${INTERNAL} and ${source("rule")} == ${literal(DROPS)}`),
    setText("rule.name", source("rule")),
    setText("message", source("output")),
    setText("falco.priority", source("priority")),
    setText("falco.source", source("source")),
    ...setList("falco.tags", source("tags")),
    ...setFlattened("falco.output_fields", source("output_fields")),
  ];
}

function process(): string[] {
  return [
    setKnown("process.name", output("proc.name")),
    setKnown("process.executable", output("proc.exepath")),
    setKnown("process.command_line", output("proc.cmdline")),
    setKnown("process.arguments", output("proc.args")),
    setInt("process.pid", output("proc.pid")),
    // Often not known in a pod without the host's PID namespace: no query may need it.
    setKnown("process.parent.name", output("proc.pname")),
    setKnown("process.parent.executable", output("proc.pexepath")),
    // Of the Kubernetes audit log (falcosecurity/plugins, plugins/k8saudit): who asked, as the API server knows them.
    setOfPlugin("user.name", output("ka.user.name")),
    // Of AWS CloudTrail (plugins/cloudtrail).
    setOfPlugin("user.name", output("ct.user")),
    setKnown("user.name", output("user.name")),
    setKnown("user.id", output("user.uid")),
  ];
}

function container(): string[] {
  const id = output("container.id");
  const wholeName = output("container.image");
  const image = 'log.cache["image"]';
  const repository = output("container.image.repository");
  const tag = output("container.image.tag");
  const whole = "^(?P<name>[^@]+?)(?::(?P<tag>[^/:@]+))?(?:@.*)?$";
  const isNamed = `${image} != nil and ${image}["name"] != "sha256"`;
  // "host" is a process outside of all containers.
  return [
    setKnown("container.id", id, `${id} != "host"`),
    setKnown("container.name", output("container.name"), `${id} != "host"`),
    // Rules may name the image as a whole: "registry:5000/team/app:1.2@sha256:...".
    `set(${image}, ExtractPatterns(${wholeName}, ${literal(whole)})) where ${wholeName} != nil`,
    // An image without a name is "sha256:<digits>" to the runtime, whose parts name no repository and no tag.
    setKnown("container.image.name", `${image}["name"]`, isNamed),
    setKnown("container.image.tag", `${image}["tag"]`, isNamed),
    setKnown("container.image.name", repository, `${repository} != "sha256"`),
    setKnown("container.image.tag", tag, `${repository} != "sha256"`),
  ];
}

function pod(): string[] {
  const labels = output("k8s.pod.labels");
  const mended = 'log.cache["labels"]';
  const parse = (text: string) => `ParseKeyValue(${text}, ":", ", ")`;
  return [
    setOfPlugin("kubernetes.namespace", output("ka.target.namespace")),
    setKnown("kubernetes.namespace", output("k8s.ns.name")),
    setOfPlugin("kubernetes.pod.name", output("ka.target.name"), `${output("ka.target.resource")} == "pods"`),
    setKnown("kubernetes.pod.name", output("k8s.pod.name")),
    setKnown("kubernetes.pod.uid", output("k8s.pod.uid")),
    // "app:web, tier:front". Of a label without a value there is only the name, which the parser refuses.
    set("kubernetes.labels", parse(labels)),
    `set(${mended}, ${labels}) where ${field("kubernetes.labels")} == nil`,
    `replace_pattern(${mended}, ${literal("(^| )([^:, ]+)(,|$)")}, ${literal("$1$2:$3")}) where ${mended} != nil`,
    set("kubernetes.labels", parse(mended), `${mended} != nil`),
  ];
}
