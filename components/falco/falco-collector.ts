import * as path from "node:path";
import { attackFields, TACTICS } from "../documents/attack";
import type { CollectorFragment } from "../documents/documents";
import { FLATTENED, KEYWORD, object, PROCESS, RULE } from "../documents/fields";
import { field, literal, lookup, set, setInt, setList, setMap, setText, source } from "../documents/ottl";
import { readSamples } from "../documents/sample-lines";
import type { Severity } from "../documents/severities";

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
  "k8s.pod.uid",
  "k8s.pod.labels",
];

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
  losses: [{ label: "Falco about itself", conditions: [{ field: "event.kind", is: "metric" }] }],
  samples: () => readSamples(path.join(__dirname, "samples")),
  receivers: (nodeLogBasePath) => {
    const files = `${nodeLogBasePath}/falco/events.log`;
    return { "file_log/falco": { include: [`${files}*`], exclude: [`${files}*.gz`] } };
  },
  document: {
    // Falco's word for what it looked up and did not find. Inside of a JSON string a quote has a backslash before
    // it, so this is a value of its own and never a part of one.
    prepare: ['replace_pattern(log.body, ":\\"<NA>\\"", ":null") where IsMatch(log.body, ":\\"<NA>\\"")'],
    expects: [
      { condition: `IsString(${source("priority")})`, reason: "a Falco event without a priority" },
      { condition: `IsString(${source("rule")})`, reason: "a Falco event without a rule" },
    ],
    time: source("time"),
    identity: [source("time"), source("rule"), source("priority"), source("output")],
    fixed: {
      event: {
        kind: "alert",
        category: ["intrusion_detection"],
        type: ["info"],
        action: "alert",
        dataset: "falco.alerts",
      },
    },
    lookups: { severity: FALCO_SEVERITIES, tactics: TACTICS },
    statements: [
      ...alert(),
      ...process(),
      ...container(),
      ...pod(),
      ...attackFields(source("tags"), { technique: "", tactic: "mitre_" }),
    ],
  },
};

function alert(): string[] {
  return [
    set("event.severity", lookup("severity", source("priority"))),
    setText("event.action", output("evt.type")),
    // Falco about itself: dropped system calls, metrics.
    set("event.kind", '"metric"', `${source("source")} == "internal"`),
    setText("rule.name", source("rule")),
    setText("message", source("output")),
    setText("falco.priority", source("priority")),
    setText("falco.source", source("source")),
    setList("falco.tags", source("tags")),
    setMap("falco.output_fields", source("output_fields")),
  ];
}

function process(): string[] {
  return [
    setText("process.name", output("proc.name")),
    setText("process.executable", output("proc.exepath")),
    setText("process.command_line", output("proc.cmdline")),
    setText("process.arguments", output("proc.args")),
    setInt("process.pid", output("proc.pid")),
    setText("process.parent.name", output("proc.pname")),
    setText("process.parent.executable", output("proc.pexepath")),
    setText("user.name", output("user.name")),
  ];
}

function container(): string[] {
  const id = output("container.id");
  // "host" is a process outside of all containers.
  return [
    setText("container.id", id, `${id} != "host"`),
    setText("container.name", output("container.name"), `${id} != "host"`),
    setText("container.image.name", output("container.image.repository")),
    setText("container.image.tag", output("container.image.tag")),
  ];
}

function pod(): string[] {
  const labels = output("k8s.pod.labels");
  const mended = 'log.cache["labels"]';
  const parse = (text: string) => `ParseKeyValue(${text}, ":", ", ")`;
  return [
    setText("kubernetes.namespace", output("k8s.ns.name")),
    setText("kubernetes.pod.name", output("k8s.pod.name")),
    setText("kubernetes.pod.uid", output("k8s.pod.uid")),
    // "app:web, tier:front". Of a label without a value there is only the name, which the parser refuses.
    set("kubernetes.labels", parse(labels)),
    `set(${mended}, ${labels}) where ${field("kubernetes.labels")} == nil`,
    `replace_pattern(${mended}, ${literal("(^| )([^:, ]+)(,|$)")}, ${literal("$1$2:$3")}) where ${mended} != nil`,
    set("kubernetes.labels", parse(mended), `${mended} != nil`),
  ];
}
