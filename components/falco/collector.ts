import type { CollectorFragment } from "../feature";
import { tacticFields, techniqueFields } from "../pipeline/attack";
import { set, setInt, setList, setMap, setSeverity, setText, source } from "../pipeline/ottl";
import { SEVERITIES } from "../pipeline/severity";

const output = (key: string) => source("output_fields", key);
// Falco's word for what it looked up and did not find.
const known = (value: string) => `${value} != "<NA>" and ${value} != ""`;

/**
 * Falco's alerts: one JSON object per line in `<base>/falco/events.log`, rotated by renaming. Fields: falco.org
 * "Outputs" and the `output_fields` that a rule names.
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
      expects: [
        { condition: 'IsString(log.body["rule"])', reason: "a Falco event without a rule" },
        { condition: 'IsString(log.body["priority"])', reason: "a Falco event without a priority" },
      ],
      time: source("time"),
      identity: [source("time"), source("rule"), source("priority"), source("output")],
      statements: [
        ...alert(),
        ...subject(),
        ...techniqueFields(source("tags"), ""),
        ...tacticFields("mitre_"),
      ],
      lookUpPod: true,
    },
  };
}

function alert(): string[] {
  return [
    set("event.kind", '"alert"'),
    set("event.category", '["intrusion_detection"]'),
    set("event.type", '["info"]'),
    set("event.action", '"alert"'),
    setText("event.action", output("evt.type")),
    set("event.dataset", '"falco.alerts"'),
    // Falco about itself: dropped system calls, metrics.
    set("event.kind", '"metric"', `${source("source")} == "internal"`),
    ...setSeverity(source("priority"), SEVERITIES.falco),
    set("rule.name", source("rule")),
    setText("message", source("output")),
    set("falco.priority", source("priority")),
    setText("falco.source", source("source")),
    setList("falco.tags", source("tags")),
    setMap("falco.output_fields", source("output_fields")),
  ];
}

/** Who did it: process, user, container, pod. */
function subject(): string[] {
  const id = output("container.id");
  return [
    setText("kubernetes.namespace", output("k8s.ns.name"), known(output("k8s.ns.name"))),
    setText("kubernetes.pod.name", output("k8s.pod.name"), known(output("k8s.pod.name"))),
    setText("process.executable", output("proc.exepath"), known(output("proc.exepath"))),
    setText("process.name", output("proc.name"), known(output("proc.name"))),
    setText("process.command_line", output("proc.cmdline"), known(output("proc.cmdline"))),
    setText("process.arguments", output("proc.args"), known(output("proc.args"))),
    setInt("process.pid", output("proc.pid")),
    setText("process.parent.name", output("proc.pname"), known(output("proc.pname"))),
    setText("process.parent.executable", output("proc.pexepath"), known(output("proc.pexepath"))),
    setText("user.name", output("user.name"), known(output("user.name"))),
    // "host" is a process outside of all containers.
    setText("container.id", id, `${known(id)} and ${id} != "host"`),
    setText(
      "container.name",
      output("container.name"),
      `${known(output("container.name"))} and ${id} != "host"`,
    ),
    setText(
      "container.image.name",
      output("container.image.repository"),
      known(output("container.image.repository")),
    ),
    setText("container.image.tag", output("container.image.tag"), known(output("container.image.tag"))),
  ];
}
