import { falcoCollector } from "../../../components/falco/falco-collector";
import { cases } from "./case";

type Event = Record<string, unknown>;

const FIELDS = {
  "container.id": "0f8ae74c4488",
  "container.image.repository": "docker.io/library/alpine",
  "container.image.tag": "3.20",
  "container.name": "app",
  "evt.type": "openat",
  "fd.name": "/etc/shadow",
  "k8s.ns.name": "shop",
  "k8s.pod.labels": "app.kubernetes.io/name:web, tier:front",
  "k8s.pod.name": "web-7d9f5c6b8-x2x4z",
  "k8s.pod.uid": "5c0a6f0e-7a55-4a52-9b1c-0c1f8a6f2d11",
  "proc.args": "/etc/shadow",
  "proc.cmdline": "cat /etc/shadow",
  "proc.exepath": "/bin/cat",
  "proc.name": "cat",
  "proc.pexepath": "/bin/sh",
  "proc.pid": 4242,
  "proc.pname": "sh",
  "proc.tty": 34816,
  "user.name": "root",
};

function event(change: Event = {}, fields: Event = {}): (time: string) => Event {
  return (time) => ({
    hostname: "node-1",
    output: `${time.slice(11, -1)}: Warning Sensitive file opened | file=/etc/shadow`,
    output_fields: { ...FIELDS, ...fields },
    priority: "Warning",
    rule: "Read sensitive file untrusted",
    source: "syscall",
    tags: ["T1555", "container", "filesystem", "maturity_stable", "mitre_credential_access"],
    time,
    ...change,
  });
}

const NOT_FOUND = {
  "container.image.repository": null,
  "container.image.tag": null,
  "container.name": null,
  "k8s.ns.name": null,
  "k8s.pod.labels": null,
  "k8s.pod.name": null,
  "k8s.pod.uid": null,
};

const NA = Object.fromEntries(Object.keys(NOT_FOUND).map((key) => [key, "<NA>"]));

/** A map within a map, so many times. */
function nested(depth: number): unknown {
  return depth === 0 ? "end" : { inner: nested(depth - 1) };
}

function nestedLists(depth: number): unknown {
  return depth === 0 ? "end" : [nestedLists(depth - 1)];
}

const HEX = "0d17b565".repeat(8);

/** What JavaScript can't write: `"#<digits>"` stands for the bare digits, `"SPACE...` for a space before the text. */
function toLine(event: Event): string {
  return JSON.stringify(event)
    .replace(/"#(\d+)"/g, "$1")
    .replace('"SPACE', ' "');
}

/** Alerts of a real Falco in a pod, each at the time of its case. */
function recorded(): [string, (time: string) => Event][] {
  const lines = falcoCollector.samples().flatMap((file) => file.lines);
  const seen = new Set<string>();
  return lines.flatMap((line): [string, (time: string) => Event][] => {
    const alert: Event = JSON.parse(line);
    if (seen.has(String(alert["rule"]))) return [];
    seen.add(String(alert["rule"]));
    return [[`recorded: ${alert["rule"]}`, (time) => ({ ...alert, time })]];
  });
}

export const FALCO = cases(
  "events",
  [
    ["priority Emergency", event({ priority: "Emergency" })],
    ["priority Alert", event({ priority: "Alert" })],
    ["priority Critical", event({ priority: "Critical" })],
    ["priority Error", event({ priority: "Error" })],
    ["priority Warning", event({ priority: "Warning" })],
    ["priority Notice", event({ priority: "Notice" })],
    ["priority Informational", event({ priority: "Informational" })],
    ["priority Debug", event({ priority: "Debug" })],
    ["a priority that no table has", event({ priority: "Sinister" })],
    ["metadata that was not found, as null", event({}, NOT_FOUND)],
    ["metadata that was not found, as <NA>", event({}, NA)],
    ["<NA> in a command line stays", event({}, { "proc.cmdline": 'echo "<NA>" :"<NA>"' })],
    ["a process of the host", event({}, { ...NOT_FOUND, "container.id": "host", "container.name": "host" })],
    [
      "integers beyond 2^53 and beyond 2^63",
      event(
        {},
        {
          "evt.time": "#1783089373845228057",
          "proc.exe_ino.ctime_duration_pidns_start": "#18446744073709551615",
        },
      ),
    ],
    [
      "text that is not ASCII",
      event(
        { output: "\uba85\ub839 \u547d\u4ee4 \u{20bb7}" },
        { "proc.cmdline": "echo \uc548\ub155 caf\u00e9 \u{20bb7}" },
      ),
    ],
    ["control characters", event({}, { "proc.cmdline": "printf '\u0000\u0001\u001b[31m\n\t'" })],
    [
      "keys of which one is the beginning of another",
      event({}, { "fd.sip": "10.0.0.1", "fd.sip.name": "db.example" }),
    ],
    ["a line of 200 KiB", event({ output: `long ${"x".repeat(200 * 1024)}` })],
    ["a field of 100 KiB", event({}, { "proc.cmdline": `sh -c ${"y".repeat(100 * 1024)}` })],
    [
      "several techniques and tactics",
      event({ tags: ["mitre_execution", "T1059.004", "T1611", "TA0003", "mitre_persistence", "T10"] }),
    ],
    ["no tags", event({ tags: [] })],
    ["tags that are no list", event({ tags: "T1555" })],
    [
      "Falco about itself",
      event({
        source: "internal",
        rule: "Falco internal: syscall event drop",
        output_fields: { n_drops: 3 },
      }),
    ],
    ["no output fields", event({ output_fields: null })],
    ["output fields that are a text", event({ output_fields: "none" })],
    [
      "a field that is a map where a text is expected",
      event({}, { "proc.name": { a: 1 }, "proc.pid": "many" }),
    ],
    ["output fields thirty maps deep", event({}, { deep: nested(30) })],
    ["a pod label without a value", event({}, { "k8s.pod.labels": "canary, app:web, last" })],
    ["a time with an offset", (time) => event()(time.replace("Z", "+00:00"))],
    ["white space around the object", (time) => event({ note: "spaces" })(time)],
    [
      "what a sensor's own pod did",
      event({}, { "k8s.ns.name": "security-system", "k8s.pod.name": "falco-x7k2p" }),
    ],
    [
      "four techniques, a tactic by its id, an empty tag",
      event({ tags: ["", "PCI_DSS_11.5.1", "T1001", "T1002.001", "T1003", "T1004", "TA0003", "container"] }),
    ],
    ["a tag that has an id in it", event({ tags: ['say \\"T1001\\"', '"T1002"', "<T1003>", "xT1004"] })],
    ["a priority in small letters", event({ priority: "critical" })],
    [
      "texts that are empty",
      event(
        {},
        {
          ...{ "container.id": "", "container.image.repository": "", "k8s.ns.name": "", "k8s.pod.name": "" },
          ...{ "proc.exepath": "", "proc.pname": "", "user.name": "" },
        },
      ),
    ],
    [
      "a request to the API server, from its audit log",
      event({
        source: "k8s_audit",
        tags: ["k8s"],
        output_fields: {
          "ka.req.pod.containers.image": ["busybox"],
          "ka.target.name": "web",
          "ka.target.namespace": "shop",
          "ka.target.resource": "pods",
          "ka.user.name": "system:serviceaccount:kube-system:x",
          "ka.verb": "create",
        },
      }),
    ],
    ["an image as a whole", event({ output_fields: { "container.image": "acme/gen:0.10.0" } })],
    [
      "an image of a registry with a port, by digest",
      event({ output_fields: { "container.image": "registry.example:5000/acme/gen@sha256:0f8a" } }),
    ],
    ["a NUL in a key", event({ output_fields: { "a\u0000b": "x", "\u0000\u0000": "y", "proc.name": "p" } })],
    [
      "a NUL in a key, beside backslashes",
      event({ output_fields: { "a\\\u0000": "\\u0000", deep: { '"\u0000"': 1 } } }),
    ],
    ["a key of 40 KiB", event({ output_fields: { ["k".repeat(40 * 1024)]: "x", "proc.name": "p" } })],
    [
      "system calls that Falco lost",
      (time) => {
        const { tags: _, ...rest } = event({
          source: "internal",
          priority: "Debug",
          rule: "Falco internal: syscall event drop",
          output: "Falco internal: syscall event drop. 6512 system calls dropped in last second.",
          output_fields: { ebpf_enabled: "1", n_drops: "6512", n_evts: "91230" },
        })(time);
        return rest;
      },
    ],
    ...recorded(),

    ["output fields 1500 maps deep", event({}, { deep: nested(1500) })],
    ["output fields 1500 lists deep", event({}, { deep: nestedLists(1500) })],
    ["tags with lists and maps in them", event({ tags: [null, "T1059", ["T1611"], { a: "T1610" }] })],
    [
      "a digest as the image",
      event({}, { "container.image.repository": "sha256", "container.image.tag": HEX }),
    ],
    ["a digest as the image as a whole", event({ output_fields: { "container.image": `sha256:${HEX}` } })],
    [
      "a call to AWS",
      event({
        source: "aws_cloudtrail",
        tags: ["cloud", "T1530"],
        output_fields: { "ct.name": "PutBucketPolicy", "ct.user": "alice", "ct.srcip": "203.0.113.9" },
      }),
    ],
    ["what is not known, with a space before it", event({}, { "user.name": "SPACE<NA>" })],
    ["no text and no fields", (time) => ({ time, rule: "r", priority: "Error" })],
  ],
  toLine,
).map((one) => (one.name.startsWith("white space") ? { ...one, line: `  ${one.line}  ` } : one));
