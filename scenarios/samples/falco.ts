import type { Sample } from "../model/scenario-schema";
import { falcoRules } from "./falco-rules";
import { NODE, nanoTime, nextEvent, samplePod } from "./node";

export interface FalcoSample {
  rule: string;
  pod: string;
  event: string;
  /** Command line with the program's path: "/bin/cat /etc/shadow". */
  command: string;
  parent?: string;
  tty?: boolean;
  user?: string;
  fields?: Record<string, unknown>;
}

/**
 * An alert as Falco writes it to its file (falco.org, "Outputs"): priority and tags are those of the rule in its file,
 * the fields those that the stack's configuration appends to every alert.
 */
export function falcoAlert(alert: FalcoSample): Sample {
  return { tool: "falco", file: "events.log", line: (at) => JSON.stringify(event(alert, at)) };
}

function event(alert: FalcoSample, at: Date): Record<string, unknown> {
  const facts = falcoRules().get(alert.rule);
  if (!facts) throw new Error(`no Falco rule "${alert.rule}" is known: see samples/falco-rules.ts`);
  const time = nanoTime(at, nextEvent());
  return {
    hostname: NODE,
    output: `${time.slice(11, -1)}: ${facts.priority} ${alert.rule} | command=${alert.command}`,
    output_fields: { ...processFields(alert), ...podFields(alert.pod), ...alert.fields },
    priority: facts.priority,
    rule: alert.rule,
    source: "syscall",
    tags: facts.tags,
    time,
  };
}

function processFields({
  pod,
  event: type,
  command,
  parent = "runc",
  tty = false,
  user = "nobody",
}: FalcoSample) {
  const [program = "", ...args] = command.split(" ");
  // In Alpine all of them are links to one program.
  const isApplet = samplePod(pod).image.name.endsWith("/alpine") && /^(\/usr)?\/s?bin\//.test(program);
  const name = program.split("/").at(-1) ?? program;
  return {
    "evt.type": type,
    "proc.name": name.slice(0, 15),
    "proc.exepath": isApplet ? "/bin/busybox" : program,
    "proc.cmdline": [name, ...args].join(" "),
    "proc.args": args.join(" "),
    "proc.pid": 4000 + (nextEvent() % 1000),
    "proc.pname": parent,
    "proc.pexepath": `/usr/bin/${parent}`,
    "proc.tty": tty ? 34816 : 0,
    "user.name": user,
  };
}

function podFields(name: string) {
  const pod = samplePod(name);
  return {
    "container.id": pod.containerId.slice(0, 12),
    "container.image.repository": pod.image.name,
    "container.image.tag": pod.image.tag,
    "container.name": pod.container,
    "k8s.ns.name": pod.namespace,
    "k8s.pod.name": pod.name,
    "k8s.pod.uid": pod.uid,
    "k8s.pod.labels": `app.kubernetes.io/name:${pod.name}`,
  };
}
