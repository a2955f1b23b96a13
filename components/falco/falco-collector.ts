import type { CollectorFragment } from "../core/contract/feature";
import { attackFields, TACTICS } from "../documents/attack";
import { field, literal, lookup, set, setInt, setList, setMap, setText, source } from "../documents/ottl";
import { SEVERITIES } from "../documents/severities";

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
export function falcoCollector(nodeLogBasePath: string): CollectorFragment {
  const files = `${nodeLogBasePath}/falco/events.log`;
  return {
    tool: "falco",
    index: "events",
    receivers: {
      "file_log/falco": { include: [`${files}*`], exclude: [`${files}*.gz`] },
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
      lookups: { severity: SEVERITIES.falco, tactics: TACTICS },
      statements: [
        ...alert(),
        ...process(),
        ...container(),
        ...pod(),
        ...attackFields(source("tags"), { technique: "", tactic: "mitre_" }),
      ],
    },
  };
}

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
